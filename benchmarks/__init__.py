"""Comparisons with peers, and the data for them."""
