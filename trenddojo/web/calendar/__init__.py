"""The calendar room."""
