"""Makes `python -m vectora_core` the `vectora` command."""

from vectora_core.cli.app import main

main()
