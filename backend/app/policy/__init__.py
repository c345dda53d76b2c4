"""What cells may do, by mode: the source, Python's own events, the operating system."""
