"""Ways from a network to texts."""
