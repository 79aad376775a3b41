"""Takes it on: the link in a message, and the page behind it."""
