"""Find the incident that a citizen's words mean, or say that nothing is known."""
