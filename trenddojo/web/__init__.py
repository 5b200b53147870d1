"""The browser and the API: thin rooms over the services."""
