"""`vectora config`: what is wrong with the configuration, and what it may say."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from vectora_core.cli.options import AsJson, ConfigRoot
from vectora_core.cli.terminal import Exit, print_json, print_line, say
from vectora_core.errors import ParametersError

app = typer.Typer(help="The configuration itself.", no_args_is_help=True)


@app.command("check")
def check(config_root: ConfigRoot = None, as_json: AsJson = False) -> None:
    """Print every problem of every file.

    Each with its line; exit code 1 when there is one.
    """
    from vectora_core.cli.roots import open_config, settings_for
    from vectora_core.config.check import check_all

    storage = open_config(settings_for(config_root, None))
    problems = check_all(storage)
    if as_json:
        print_json([asdict(problem) for problem in problems])
    for problem in problems if not as_json else ():
        print_line(str(problem))
    say(f"{storage.url}: {len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'}")
    if problems:
        raise typer.Exit(Exit.FAILED)


@app.command("schema")
def schema(
    write: Annotated[Path | None, typer.Option(help="Write the schemas into this folder, one file each.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print or write the JSON schemas of the files.

    All as one document, by file name; --write puts one file each into a folder (configs/schemas keeps them).
    """
    from vectora_core.config.schema import json_schemas, schema_bytes

    schemas = json_schemas()
    if write is None or as_json:
        print_json(schemas)
    if write is not None:
        for name, document in schemas.items():
            _write(write / name, schema_bytes(document))


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise ParametersError(f"--write: {path} cannot be written ({error.strerror}); give another folder") from error
    say(f"wrote {path}")
