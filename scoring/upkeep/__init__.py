"""Stored scores kept true, by the hundred and in the background (decision 0063)."""
