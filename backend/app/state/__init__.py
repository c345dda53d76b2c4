"""A notebook's variables on disk: what is kept of them, found cheaply and brought back exactly."""
