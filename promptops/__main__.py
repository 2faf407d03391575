"""`python -m promptops` is the command `promptops`."""

from promptops.cli.main import main

if __name__ == "__main__":
    main()
