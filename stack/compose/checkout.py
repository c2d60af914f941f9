"""The services of this checkout's docker-compose.yaml, with secrets made for one use alone: for tests and benchmarks."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from stack.compose.project import Service, load_project, variables_of
from stack.places import REPOSITORY

COMPOSE_FILE: Final = REPOSITORY / "docker-compose.yaml"
ENV_EXAMPLE: Final = REPOSITORY / ".env.example"


def services_of_checkout(folder: Path, variables: Mapping[str, str]) -> dict[str, Service]:
    """Return the services as `.env.example` and further variables have them; the secrets are made below a folder.

    :param variables: they win over those of `.env.example`
    """
    secrets = _secrets(folder)
    subprocess.run(["bash", "scripts/make-secrets.sh", str(secrets)], cwd=REPOSITORY, check=True, capture_output=True)
    return load_project(COMPOSE_FILE, variables_of(ENV_EXAMPLE) | dict(variables), secrets=secrets)


def login_of_checkout(folder: Path) -> tuple[str, str]:
    """Return name and password of the administrator that those services make."""
    return "admin", (_secrets(folder) / "admin_password").read_text()


def _secrets(folder: Path) -> Path:
    return folder / "secrets"
