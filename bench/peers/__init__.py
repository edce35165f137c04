"""The same rows behind other frameworks' lists, and the console itself, as apps for one server."""
