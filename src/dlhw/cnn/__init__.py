"""Question 2: a convolutional network that names landscapes."""
