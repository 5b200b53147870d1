"""The people room."""
