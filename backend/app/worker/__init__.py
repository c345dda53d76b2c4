"""The process that runs another's cells: a warm parent, and the workers that it forks."""
