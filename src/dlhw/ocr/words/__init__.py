"""Which words there are to render."""
