"""The cash room."""
