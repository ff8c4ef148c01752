"""``python -m loopcert.runners``: the command line of the very Python that is asked, wherever its scripts lie."""

from loopcert.runners.cli import main

if __name__ == "__main__":
    main()
