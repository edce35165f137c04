"""Subscriptions, seats and orders for more of them."""
