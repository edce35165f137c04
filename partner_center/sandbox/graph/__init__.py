"""The endpoints of Microsoft Graph v1.0 that the console and its rivals use."""
