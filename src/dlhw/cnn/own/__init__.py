"""Networks that somebody else wrote: built from a file, counted, and compared with the homework's."""
