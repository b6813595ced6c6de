"""The lab: breaks a guard on purpose, one small change at a time, and records who noticed and what it let through.

A mutant is a value; it runs in a forked worker that reads the changed source from memory, so that no file of the user
is touched. The kit judges; nothing in production knows this room.
"""
