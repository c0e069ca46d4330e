"""Images of mistakes, and of where the network looked."""
