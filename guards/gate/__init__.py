"""The gate: runs what a change must pass, one process after the other, and judges the files that they leave.

It attacks and mutates nothing itself. What was not run, or cannot be read, is unknown, and then the gate is not green.
"""
