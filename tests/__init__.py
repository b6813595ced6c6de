"""Our own suites; README.md says what goes where.

A package, because vakt installs one of the same name, and without this file Python would find theirs first.
"""
