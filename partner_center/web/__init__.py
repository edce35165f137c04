"""The edge: guards, the request's actor and transaction, errors, headers; one folder for each area.

The only package that knows Flask besides `app` and `cli`. An area holds views and forms, decides
nothing about licences and imports no other area.
"""
