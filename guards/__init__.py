"""Guards decides which destructive calls may run, and shows that none of them reaches another tenant.

`core` decides, `runtime` acts, `wire` reads what strangers send, `adapters` are the outside worlds.
Import from the room that holds the word you need; nothing is re-exported here.
"""
