"""A package, as the folder above is one."""
