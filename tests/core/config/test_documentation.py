"""`docs/configuration.md` and the models say the same."""

from __future__ import annotations

import re
from pathlib import Path

from vectora_core.config import models
from vectora_core.config.models import Model
from vectora_core.settings import Settings

TEXT = (Path(__file__).resolve().parents[3] / "docs/configuration.md").read_text()
WORDS = {word for code in re.findall(r"`([^`\n]+)`", TEXT) for word in re.findall(r"\w+", code)}


def test_every_key_is_documented() -> None:
    """Whatever a file may say is in one of the tables."""
    found = [one for one in vars(models).values() if isinstance(one, type) and issubclass(one, Model)]
    assert {key for model in found for key in model.model_fields} - WORDS == set()


def test_every_setting_is_documented_and_exists() -> None:
    """Both ways round."""
    documented = set(re.findall(r"^\| `(VECTORA_[A-Z_]+)` \|", TEXT, re.MULTILINE))
    assert documented >= {f"VECTORA_{name.upper()}" for name in Settings.model_fields}
