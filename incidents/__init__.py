"""Decide what is happening, write it down once, find it again."""
