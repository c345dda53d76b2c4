"""Help with code that is being written: completion, inspection, whether it is complete."""
