"""The decision: values in, values out, standard library only.

No clock, chance, files, logs or threads may come in; every other room may import from here.
"""
