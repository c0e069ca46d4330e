"""Which words stand on which pictures: a reader for each format of label files, and what every row must keep to."""
