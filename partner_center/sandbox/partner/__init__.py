"""The endpoints of the Partner Center API: customers and their subscriptions."""
