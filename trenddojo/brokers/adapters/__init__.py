"""One folder a broker; each exports SPEC and knows of no other."""
