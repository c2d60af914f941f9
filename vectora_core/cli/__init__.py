"""The `vectora` command; `app` puts it together, one module per group of commands."""
