"""Another group's numbers for the homework: read from a file, and judged by what our trainings spread."""
