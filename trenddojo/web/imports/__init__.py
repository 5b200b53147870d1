"""The room of statements that are brought in."""
