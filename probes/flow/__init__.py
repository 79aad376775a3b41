"""The step engine: requests, extractions, expectations and waits, described by plain tables."""
