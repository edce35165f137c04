"""Licences by group: ordering what a group hands out, following it until it is known, and moving members
from direct to group.

Stands above `changes`: it plans with the same engine, and taking direct licences is an ordinary change.
"""
