"""Figures that a reader moves, and questions that a page asks."""
