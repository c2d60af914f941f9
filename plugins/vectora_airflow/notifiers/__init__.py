"""Notifiers: where the one message about a run goes."""
