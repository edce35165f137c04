"""Users made, blocked, given a new password, deleted and restored. Licenses are no part of it: `changes`."""
