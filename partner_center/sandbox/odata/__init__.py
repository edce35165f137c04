"""The part of OData that Graph speaks: filter, search, order, select."""
