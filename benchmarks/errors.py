"""What stops a benchmark: a sentence for the person who started it."""


class BenchmarkError(Exception):
    """A benchmark cannot go on; the message says why."""
