"""What the API answers: one pydantic model per thing, read from rows and figures by the names of their fields."""
