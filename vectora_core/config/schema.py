"""JSON schemas of the configuration files, made from the models, for editors that complete and check YAML."""

from __future__ import annotations

import json
from typing import Any

from vectora_core.config.extraction_rules import ExtractionRulesFile
from vectora_core.config.models import ClientConfig, ExtractorsFile, Model, ProfilesFile, SourceCatalogFile
from vectora_core.config.scopes import MAX_TERM

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MODELS: dict[str, type[Model]] = {
    "client.schema.json": ClientConfig,
    "source_catalog.schema.json": SourceCatalogFile,
    "html_extractors.schema.json": ExtractorsFile,
    "ingestion_profiles.schema.json": ProfilesFile,
    "extraction_rules.schema.json": ExtractionRulesFile,
}


def json_schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas by file name, as they are kept in ``configs/schemas/``."""
    schemas = {name: {"$schema": _DIALECT, **model.model_json_schema()} for name, model in _MODELS.items()}
    return {**schemas, "scopes.schema.json": _scopes_schema()}


def schema_bytes(schema: dict[str, Any]) -> bytes:
    """Return a schema as the bytes of its file."""
    return (json.dumps(schema, indent=2, ensure_ascii=False) + "\n").encode()


def _scopes_schema() -> dict[str, Any]:
    """The schema of ``canonical/scopes/*.yaml``, whose keys are free."""
    terms = {
        "type": ["array", "null"],
        "items": {"type": "string", "minLength": 1, "maxLength": MAX_TERM},
        "description": "Words and phrases; a term with .* in it is a regular expression.",
    }
    categories = {"type": "object", "patternProperties": {"^_": {}}, "additionalProperties": terms}
    return {
        "$schema": _DIALECT,
        "title": "Scopes",
        "description": "Scope key -> terms, or categories of terms; keys that start with an underscore are for people.",
        "type": "object",
        "patternProperties": {"^_": {}},
        "additionalProperties": {"anyOf": [terms, categories]},
    }
