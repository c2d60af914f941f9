"""AWS Lambda handlers; they wire the core and hold no rules."""
