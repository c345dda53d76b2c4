"""Mechanics of running: namespaces, compiling, streams, interrupts, tracebacks."""
