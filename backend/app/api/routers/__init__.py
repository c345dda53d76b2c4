"""One contract a file."""
