"""Work that outlives a request: job rows are the truth, workers claim them by lease and fence."""
