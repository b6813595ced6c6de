"""The only room that acts: it asks the outside world through ports and does what was granted.

It holds no policy; what may run is decided in `core`. Services and adapters come in here.
"""
