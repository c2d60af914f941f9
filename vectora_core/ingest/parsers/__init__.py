"""Parsers, one file per technology; `registry` picks the one a source needs."""
