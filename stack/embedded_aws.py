"""The embedded AWS of the local stack: ministack on 127.0.0.1, with a config bucket and a data bucket.

It does not know Airflow, and nothing here is used against a real account.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from obstore.store import S3Store

from stack.places import command
from stack.ports import LOCALHOST, SITE_DEFAULT
from vectora_core.storage import Storage

CONFIG_BUCKET = "vectora-config"
DATA_BUCKET = "vectora-data"
REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local-only"}
_SITE_IN_SAMPLES = f"http://{LOCALHOST}:{SITE_DEFAULT}"
_PROBE_SECONDS = 2.0


def aws_command() -> list[str]:
    """Return the command line of the emulator."""
    return [command("ministack")]


def aws_server_environment(port: int, folder: Path, *, keep: bool) -> dict[str, str]:
    """Return what the emulator itself needs to know.

    :param folder: where it may write
    :param keep: whether objects outlive the process
    """
    return {
        "BIND_HOST": LOCALHOST,  # or it listens everywhere
        "GATEWAY_PORT": str(port),
        "SFTP_ENABLED": "0",  # these two listen on ports of their own
        "IOT_MTLS_ENABLED": "0",
        "S3_PERSIST": "1" if keep else "0",
        "S3_DATA_DIR": str(folder / "s3"),
        "TMPDIR": str(folder),  # its pid file
        "LOG_LEVEL": "WARNING",
    }


def aws_client_environment(port: int) -> dict[str, str]:
    """Return what any AWS client needs to know to talk to the emulator, and to nobody else."""
    return {
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": endpoint(port),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def endpoint(at: int | str) -> str:
    """Return the URL of the emulator: at a port of this machine, or elsewhere at a URL."""
    return at if isinstance(at, str) else f"http://{LOCALHOST}:{at}"


def is_ready(port: int) -> bool:
    """Return whether the emulator answers."""
    try:
        return httpx.get(f"{endpoint(port)}/_ministack/health", timeout=_PROBE_SECONDS, trust_env=False).is_success
    except httpx.TransportError:
        return False


def make_buckets(at: int | str) -> None:
    """Create both buckets; one that is there already stays as it is (S3 CreateBucket)."""
    with httpx.Client(base_url=endpoint(at), trust_env=False) as client:
        for bucket in (CONFIG_BUCKET, DATA_BUCKET):
            answer = client.put(f"/{bucket}")
            if answer.status_code != httpx.codes.CONFLICT:
                answer.raise_for_status()


def dynamodb(at: int | str) -> Any:
    """Return a client of the emulator's DynamoDB, whatever the environment of this process says."""
    import boto3  # 0.6 s: only who has jobs pays for it

    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint(at),
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def open_bucket(at: int | str, bucket: str) -> Storage:
    """Open a bucket of the emulator from this process, whatever its own environment says."""
    store = S3Store(
        bucket,
        endpoint=endpoint(at),
        region=REGION,
        access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        client_options={"allow_http": True},
    )
    return Storage(store, f"s3://{bucket}")


class Mirror:
    """Keeps the config bucket the same as a configuration folder.

    :param configs: the folder; hidden files in it are the editor's and left out
    :param site: origin of the demo web site (``http://127.0.0.1:PORT``); it replaces the one that the sample files name
    """

    def __init__(self, *, at: int | str, configs: Path, site: str) -> None:
        self._bucket = f"{endpoint(at)}/{CONFIG_BUCKET}"
        self._storage = open_bucket(at, CONFIG_BUCKET)
        self._configs = configs
        self._site = site.encode()
        self._seen: dict[str, tuple[int, int]] | None = None

    def update(self) -> None:
        """Copy what is new or changed since the last time, and delete what is gone; the first time looks at everything.

        A file that vanishes while it is looked at (editors do that when they save) is left for the next time.
        """
        with contextlib.suppress(FileNotFoundError):
            self._bring_up_to_date(self._look())

    def _bring_up_to_date(self, now: dict[str, tuple[int, int]]) -> None:
        before = self._seen if self._seen is not None else dict.fromkeys(self._stored(), (0, 0))
        for path in now:
            if now[path] != before.get(path):
                self._storage.put(path, self._text_of(path))
        for path in before.keys() - now.keys():
            httpx.delete(f"{self._bucket}/{quote(path)}", trust_env=False).raise_for_status()
        self._seen = now

    def _look(self) -> dict[str, tuple[int, int]]:
        """Return every file with its size and time of change."""
        files = (path for path in sorted(self._configs.rglob("*")) if path.is_file())
        names = {path.relative_to(self._configs).as_posix(): path.stat() for path in files}
        return {
            name: (stat.st_size, stat.st_mtime_ns)
            for name, stat in names.items()
            if not any(part.startswith(".") for part in name.split("/"))
        }

    def _stored(self) -> list[str]:
        return [entry.path for entry in self._storage.list_objects("")]

    def _text_of(self, path: str) -> bytes:
        return (self._configs / path).read_bytes().replace(_SITE_IN_SAMPLES.encode(), self._site)


def download(storage: Storage, prefix: str, folder: Path) -> None:
    """Copy every object below a prefix into a folder, under its whole path."""
    paths = [entry.path for entry in storage.list_objects(prefix)]
    for path, data in storage.get_many(paths).items():
        if isinstance(data, Exception):
            raise data
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
