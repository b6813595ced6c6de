"""The safety operators: the small ways in which authorization code goes wrong, tried on any Python source.

`mutants_of` applies all of `OPERATORS` to one file. Here is only syntax: text comes in, mutants go out, nothing is run.
"""

from guards.mutation.operators.code import Operator, Replacement
from guards.mutation.operators.plant import OPERATORS, Planting, mutants_of, replacements

__all__ = ["OPERATORS", "Operator", "Planting", "Replacement", "mutants_of", "replacements"]
