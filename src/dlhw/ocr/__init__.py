"""Question 3: words from pictures."""
