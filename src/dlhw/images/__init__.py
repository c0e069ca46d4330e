"""Image files: which names they have, which folders they lie in, how they are opened and decoded."""
