"""Where a command finds the rules that identify jobs: the configuration, else those that hold without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vectora_core.jobs.extraction import Rules
    from vectora_core.settings import Settings


def extraction_rules(settings: Settings) -> Rules:
    """Return the rules of the configuration; without a configuration, or without such a file in it, the default ones.

    :raises ConfigError: with every problem of the file
    :raises ObjectNotFoundError: when the configuration that is named is not there
    """
    from vectora_core.cli.roots import DEFAULT_CONFIG_FOLDER, open_config
    from vectora_core.config.extraction_rules import load_extraction_rules
    from vectora_core.jobs.extraction import DEFAULT_RULES, parse_rules

    if not settings.config_root and not DEFAULT_CONFIG_FOLDER.is_dir():
        return DEFAULT_RULES
    written = load_extraction_rules(open_config(settings))
    return parse_rules(written) if written else DEFAULT_RULES
