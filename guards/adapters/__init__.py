"""One file per outside world, each offering the ports of `runtime.ports`; `inventory` holds what inventories share.

What an adapter answers is not trusted by the guard; what it writes must be conditional in the world itself.
"""
