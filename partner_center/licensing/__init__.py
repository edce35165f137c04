"""The engine, pure: who holds what, tri-states, seats, rules, what a wish means for each user.

It knows plan and product rules (`catalog.rules`) and Microsoft's reasons (`cloud.port`), both pure; no
database, no request, no clock.
"""
