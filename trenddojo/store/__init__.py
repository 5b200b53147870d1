"""What the database holds: models, and one query module per aggregate."""
