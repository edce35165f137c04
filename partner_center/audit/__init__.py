"""What happened here, for good: append-only entries in one chain, written in the deed's own transaction.

Knows nobody: who acted, and which customers a reader may see, is told by the caller.
"""
