"""The command line: parses, calls, shows. Nothing heavy is imported before a command runs."""
