"""Tell the right people, once, and keep at it. ``service.Notifier`` is the way in."""
