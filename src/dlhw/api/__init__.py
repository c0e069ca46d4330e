"""What ``import dlhw`` offers in a notebook: networks loaded by name or path, with methods that take paths."""
