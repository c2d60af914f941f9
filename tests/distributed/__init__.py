"""A package, so that fixtures of its scope (the running stack of docker-compose.yaml) end with its last test."""
