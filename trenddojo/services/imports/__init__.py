"""Statements on their way into the books: received, read, compared, booked, and taken out again."""
