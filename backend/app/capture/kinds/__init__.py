"""One output kind, one small file."""
