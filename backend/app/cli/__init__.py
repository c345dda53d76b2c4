"""The terminal door: one command a file."""
