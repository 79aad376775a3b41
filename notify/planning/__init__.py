"""Decides who is told what, when, and why or why not."""
