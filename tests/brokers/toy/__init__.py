"""A fifth broker, added by one folder and one line of the registry, and the stub that plays its server."""
