"""Findings about the statistics of a cell: rules over structured objects, never over text.

A reader knows one library and turns its objects into `Evidence`; a rule knows one mistake and
judges evidence, whichever library it came from; `scan` brings them together.
"""
