"""The composition root: command line, config, wiring, HTTP server, metrics. Imported by nobody."""
