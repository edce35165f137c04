"""The ground floor: database base, errors, clock, ids, text keys and pages.

Everything may import it; it imports nothing of the rest of the house.
"""
