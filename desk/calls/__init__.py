"""Citizens' calls: noted in one stroke, kept encrypted, counted, and forgotten in time."""
