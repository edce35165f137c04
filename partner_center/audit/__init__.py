"""What happened here, for good: append-only entries written in the deed's own transaction."""
