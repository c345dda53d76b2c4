"""What can be said of each kind of file: one file each."""
