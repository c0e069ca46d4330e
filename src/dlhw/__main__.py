"""``python -m dlhw``: the same as the command ``dlhw``."""

from dlhw.cli.app import main

if __name__ == "__main__":
    main()
