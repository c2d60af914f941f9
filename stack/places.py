"""Where things are in a checkout of Vectora; everything the local stack writes is below ``.vectora/``."""

from __future__ import annotations

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
CONFIGS = REPOSITORY / "configs"
DAGS = REPOSITORY / "dags"
PLUGINS = REPOSITORY / "plugins"
WRITTEN = REPOSITORY / ".vectora"
CACHE = WRITTEN / "cache"
DEMO = WRITTEN / "demo"
UP = WRITTEN / "up"
SCREENSHOTS = WRITTEN / "screenshots"


def command(name: str) -> str:
    """Return the path of a command that was installed beside the running Python."""
    return str(Path(sys.executable).parent / name)


def below_repository(path: Path) -> str:
    """Return a path as the person in the checkout would type it."""
    return str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)
