"""Proof that nobody is left untold: kill the service again and again, then balance the books."""
