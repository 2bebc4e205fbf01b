"""How ready a lead is, or was, and a person's word on it, told to machines."""
