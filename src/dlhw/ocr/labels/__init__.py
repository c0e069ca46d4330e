"""Which words stand on which images: a reader for each format of label files, and what every row must keep to."""
