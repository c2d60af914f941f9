"""Fetching one URL, bounded in everything: time, size, redirects, attempts, and where it may connect to."""
