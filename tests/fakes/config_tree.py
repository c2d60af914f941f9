"""A small configuration written into a folder, as an editor would: clients, sources, profiles, scopes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

PROFILES = {
    "profiles": {
        "press_technology_focused": {
            "signal_requirements": {"mode": "require_signals"},
            "required_signal_groups": [{"group_id": "technology", "scopes": ["technology_scopes.signals"]}],
        },
        "exclude_jobs": {
            "signal_requirements": {"mode": "exclude_only"},
            "exclusion_scopes": ["exclusion_scopes.hr_content"],
        },
    },
    "global_config": {"strict_profile": "press_technology_focused"},
}
SCOPES = {
    "exclusion_scopes": {"hr_content": ["job opening", "we are hiring"]},
    "technology_scopes": {"signals": ["microspheres", "LAI", "hydrogel"]},
}


class ConfigTree:
    """A configuration below ``folder``; ``url`` is its root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources: dict[str, dict[str, Any]] = {}
        self.bouquets: dict[str, dict[str, Any]] = {}
        self.extractors: dict[str, dict[str, Any]] = {}
        self._write("canonical/ingestion/ingestion_profiles.yaml", PROFILES)
        for name, scope in SCOPES.items():
            self._write(f"canonical/scopes/{name}.yaml", scope)
        self.write_catalog()

    @property
    def url(self) -> str:
        """The root for VECTORA_CONFIG_ROOT."""
        return self.folder.resolve().as_uri()

    def source(self, key: str, url: str, *, mode: str = "rss", **fields: Any) -> None:
        """Add a source to the catalog."""
        self.sources[key] = {"source_key": key, "ingestion_mode": mode, f"{mode}_url": url, **fields}
        self.write_catalog()

    def extractor(self, key: str, **fields: Any) -> None:
        """Add the extractor of a source."""
        self.extractors[key] = fields
        self.write_catalog()

    def client(
        self,
        client_id: str,
        sources: Sequence[str],
        *,
        active: bool = True,
        ingest: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Path:
        """Write a client that follows some sources; ``more`` are further sections."""
        document: dict[str, Any] = {
            "client_profile": {"name": client_id.title(), "client_id": client_id, "active": active},
            "source_config": {"sources_extra_enabled": list(sources), **more.pop("source_config", {})},
            **({"ingest": dict(ingest)} if ingest else {}),
            **more,
        }
        return self._write(f"clients/{client_id}.yaml", document)

    def text(self, path: str, text: str) -> Path:
        """Write any file as it is."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def write_catalog(self) -> None:
        """Write the catalog and the extractors as they are now."""
        catalog = {"sources": list(self.sources.values()), "bouquets": list(self.bouquets.values())}
        self._write("canonical/sources/source_catalog.yaml", catalog)
        self._write("canonical/sources/html_extractors.yaml", {"extractors": self.extractors})

    def _write(self, path: str, document: Mapping[str, Any]) -> Path:
        return self.text(path, yaml.safe_dump(document, sort_keys=False))
