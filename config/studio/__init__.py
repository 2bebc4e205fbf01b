"""The scoring studio: pages and steps that see rules and handoffs at once."""
