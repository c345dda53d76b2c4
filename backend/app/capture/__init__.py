"""Mechanics of capturing: values in, MIME bundles, tables and warnings out."""
