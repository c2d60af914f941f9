"""The page of one client in one run."""
