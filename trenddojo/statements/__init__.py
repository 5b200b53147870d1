"""Files that brokers and journals export: recognised by their columns, and read into what they say, line by line."""
