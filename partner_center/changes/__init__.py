"""Plan, save, run, results: one change has one row, one permanent address, one truth."""
