"""Other people's Python files, executed in a process of their own, so that nothing they do can harm the command."""
