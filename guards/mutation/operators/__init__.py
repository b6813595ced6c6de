"""The safety operators: the small ways in which authorization code goes wrong, tried on any Python source.

`mutants_of` applies all of `OPERATORS` to one file. Here is only syntax: text comes in, mutants go out, nothing is run.
"""

from guards.mutation.operators.code import Operator, Replacement
from guards.mutation.operators.plant import OPERATORS, mutants_of

__all__ = ["OPERATORS", "Operator", "Replacement", "mutants_of"]
