"""The page of all clients."""
