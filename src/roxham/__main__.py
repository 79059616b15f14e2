"""Run the command line with `python -m roxham`."""

from roxham.cli import main

if __name__ == "__main__":
    main()
