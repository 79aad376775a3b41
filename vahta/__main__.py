"""``vahta`` and ``python -m vahta``."""

from __future__ import annotations

from vahta.cli import vahta


def main() -> None:
    """Run the command line; it ends the process with the command's exit code."""
    vahta(prog_name="vahta")


if __name__ == "__main__":
    main()
