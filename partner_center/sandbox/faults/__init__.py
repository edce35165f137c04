"""Trouble on request: which calls, how often, what happens to them, and how often it really did.

`rules` says it (pure), `board` keeps the rules while the sandbox runs, `acting` does it to a call.
"""
