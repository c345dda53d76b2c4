"""The parts of `NotebookService`: where notebooks lie, what is open, what runs, who is told."""
