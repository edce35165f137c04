"""A believable partner: companies, people, what they bought, and what went wrong."""
