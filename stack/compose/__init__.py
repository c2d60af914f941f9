"""`docker-compose.yaml` without Docker: its services, with their commands and variables, as processes on 127.0.0.1."""
