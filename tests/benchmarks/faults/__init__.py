"""Faults planted in statements that their sources support, and how many of them are found."""
