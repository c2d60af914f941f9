"""A package, or tests/stack would be taken for the package `stack`."""
