"""Configuration: what the YAML files may say, reading them with every mistake located, and joining them."""
