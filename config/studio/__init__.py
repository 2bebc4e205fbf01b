"""The scoring studio: rules in force, drafts, opinions; the pages that see the playbook's checker."""
