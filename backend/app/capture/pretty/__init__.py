"""The plain text of a value as IPython's formatter words it, without IPython."""
