"""Signing in: what pages ask for and say, and how not to be locked out."""
