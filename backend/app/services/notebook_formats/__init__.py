"""File formats of notebooks: plain data in, `Notebook` out, and back."""
