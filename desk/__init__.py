"""The operators' console and the HTTP API beside it."""
