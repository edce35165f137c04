"""**Licenses and apps** of one person, on their own page (`web.users` has the page and the views)."""
