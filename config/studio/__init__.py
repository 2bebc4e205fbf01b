"""The scoring studio: rules in the browser, from a draft through simulation and approval into force."""
