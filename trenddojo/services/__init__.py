"""What the product does: each service loads facts, decides, writes, and commits."""
