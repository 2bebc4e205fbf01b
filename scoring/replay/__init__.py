"""Rules tried on the past: recorded histories replayed under a draft, told in rows (decision 0059)."""
