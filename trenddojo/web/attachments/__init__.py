"""The room of pictures."""
