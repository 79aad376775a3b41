"""Keeps it: what is to be said, to whom, and what became of it. Functions inside transactions."""
