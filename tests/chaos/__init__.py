"""The chaos harness: real processes of ours on loopback, broken on purpose, measured beside the figures."""
