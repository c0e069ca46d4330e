"""How well words were read."""
