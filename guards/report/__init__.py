"""The report: turns result files into pages and into the formats of other tools. It reads files and runs nothing.

`record` gathers what was given; each other file makes one thing of it. What a file does not say is shown as unknown,
as loudly as a failure; nothing here decides whether a property holds.
"""
