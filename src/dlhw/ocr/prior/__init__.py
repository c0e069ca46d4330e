"""What is known of a text before its image is looked at."""
