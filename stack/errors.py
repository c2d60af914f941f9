"""The one error of the local stack: something that must be told to the person at the terminal in a sentence."""

from __future__ import annotations


class StackError(Exception):
    """The local stack cannot start, or a part of it stopped; the message ends with the way out."""
