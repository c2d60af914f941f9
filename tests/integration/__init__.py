"""A package, so that fixtures of its scope (a running Airflow, a browser) end with its last test."""
