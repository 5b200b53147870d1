"""The JSON API: one declarative table of operations, which serves, validates and documents itself."""
