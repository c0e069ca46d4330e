"""Networks that somebody else wrote: built from a file, track, and compared with the homework's."""
