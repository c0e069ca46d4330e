"""What a person or a program sees: streams, live and plain progress, tables."""
