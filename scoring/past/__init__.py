"""The past: what was known of a lead when, how its score went, and why it changed."""
