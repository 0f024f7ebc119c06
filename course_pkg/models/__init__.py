"""What encodes and decodes: networks, and the weights that lessons load."""
