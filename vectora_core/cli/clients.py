"""`vectora clients`: who there is."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import typer

from vectora_core.cli.options import AsJson, ConfigRoot
from vectora_core.cli.terminal import print_json, print_table, say

app = typer.Typer(help="The clients of the configuration.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The clients of the configuration."""


@app.command("list")
def list_clients(config_root: ConfigRoot = None, as_json: AsJson = False) -> None:
    """List every client, and its problems.

    Id, name, active or not, and the problems of its file; `vectora config check` lists those of all files.
    """
    from vectora_core.cli.roots import open_config, settings_for
    from vectora_core.config.check import check_all
    from vectora_core.config.client_files import client_path
    from vectora_core.config.discovery import discover

    storage = open_config(settings_for(config_root, None))
    problems: dict[str, list[str]] = defaultdict(list)
    for problem in check_all(storage):
        problems[problem.file].append(str(problem))
    clients: list[dict[str, Any]] = [
        {
            "client_id": client.client_id,
            "name": client.name,
            "active": client.active,
            "problems": problems[client_path(client.client_id)],
        }
        for client in discover(storage).found
        if not client.template
    ]
    if as_json:
        print_json(clients)
    elif clients:
        rows = [_row(one) for one in clients]
        print_table(f"Clients of {storage.url}", ("client", "name", "state", "problems"), rows)
    else:
        say(f"{storage.url}: no client; every .yaml file directly in clients/ that is no template is one")


def _row(client: dict[str, Any]) -> tuple[str, ...]:
    state = "active" if client["active"] else "inactive"
    return client["client_id"], client["name"], state, "\n".join(client["problems"])
