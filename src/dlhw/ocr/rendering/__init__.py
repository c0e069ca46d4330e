"""Images of words, drawn as the world looks. Nothing here imports torch."""
