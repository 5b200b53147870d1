"""The room of a person's own data: taken away, and brought along."""
