"""What a notebook takes from IPython: its input syntax, its magics, its formatters."""
