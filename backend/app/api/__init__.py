"""The HTTP door: typed body in, one call of a service, model out."""
