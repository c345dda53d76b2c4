"""Views of whole tables, by handle: windows, profiles and files, made where the data is."""
