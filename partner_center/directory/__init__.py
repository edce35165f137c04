"""The mirror: a customer's users, groups, licences held and subscribed SKUs, as last seen.

Rows are the truth of the mirror; facets and orders (sets and sequences of user numbers) are derived
from them and kept in step by the same functions. Only `mirror` and `sync` write here, and `selection`
its own table.
"""
