"""An emulator of Microsoft Graph, the Partner Center API and the token endpoint, on loopback.

It keeps its own state in its own file and knows nothing of the console but the rules between service
plans. It decides by data: seats, exclusive and dependent plans, locations, groups, GDAP, quotas. Only
`server` knows Flask; everything else answers a `Call` with a `Reply`.
"""
