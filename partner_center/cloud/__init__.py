"""The only door to Microsoft: Graph, Partner Center and the token endpoint.

`port` says in our words what can be asked (pure); `wire` alone knows Microsoft's field names and error
texts (pure); `http` is the one sender. Nothing here touches the database.
"""
