"""Where a command finds its configuration and its outputs, and the clock: the command line, then the environment."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from obstore.store import MemoryStore

from vectora_core.errors import ObjectNotFoundError, ParametersError, SettingsError
from vectora_core.settings import Settings, load_settings
from vectora_core.storage import Storage, is_storage_url, local_folder, open_storage

DEFAULT_CONFIG_FOLDER = Path("configs")
DEFAULT_DATA_FOLDER = Path(".vectora/data")


def settings_for(config_root: str | None, data_root: str | None) -> Settings:
    """Read the environment, with what the command line says in its place.

    :raises SettingsError: naming every variable whose value cannot be used
    :raises ParametersError: when an option is given without a value
    """
    settings = load_settings(config_root=_url("--config-root", config_root), data_root=_url("--data-root", data_root))
    for name, url in (("CONFIG_ROOT", settings.config_root), ("DATA_ROOT", settings.data_root)):
        if url and not is_storage_url(url):
            raise SettingsError(f"VECTORA_{name}: {url!r} is not a storage URL; use file:///folder or s3://bucket/prefix")
    return settings


def open_config(settings: Settings) -> Storage:
    """Open the configuration; ./configs when nothing is set.

    :raises ObjectNotFoundError: when it is a folder that is not there: an empty one, made now, would only hide the mistake
    """
    url = settings.config_root or DEFAULT_CONFIG_FOLDER.resolve().as_uri()
    folder = local_folder(url)
    if folder and not folder.is_dir():
        raise ObjectNotFoundError(
            f"the configuration {folder} is not a folder that exists; name it by --config-root or VECTORA_CONFIG_ROOT"
        )
    return open_storage(url)


def open_data(settings: Settings, *, writing: bool) -> Storage:
    """Open the outputs; ./.vectora/data when nothing is set.

    :param writing: whether a missing folder is made; who only looks finds nothing there instead
    """
    url = settings.data_root or DEFAULT_DATA_FOLDER.resolve().as_uri()
    folder = local_folder(url)
    if folder and not writing and not folder.exists():
        return Storage(MemoryStore(), url)
    return open_storage(url)


def utc_now() -> datetime:
    """Return the time of the clock, in UTC."""
    return datetime.now(UTC)


def _url(option: str, root: str | None) -> str | None:
    """Take a folder for what it is."""
    if root is None or "://" in root:
        return root
    if not root.strip():
        raise ParametersError(f"{option} is empty; give a folder, file:///folder or s3://bucket/prefix")
    try:
        return Path(root).expanduser().resolve().as_uri()
    except (OSError, RuntimeError) as error:  # a loop of links; the home of somebody unknown
        raise ParametersError(f"{option} {root}: {error}; give another folder") from error
