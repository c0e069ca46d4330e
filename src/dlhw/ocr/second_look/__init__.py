"""Words that are read with little confidence are read again from other views, and weighed by a prior over words."""
