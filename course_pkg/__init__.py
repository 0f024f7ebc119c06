"""Small, tested implementations of what the book derives. Each module reads like its chapter."""

__version__ = "0.1.0"
