"""Tables of ids and texts that were made anywhere: read in any of their formats, and joined by id."""
