"""Says it: news as messages, in each language and for each kind of reader."""
