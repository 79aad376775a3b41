"""One module here is one probe kind: its settings, and the coroutine that asks."""
