"""Question 3: words from images."""
