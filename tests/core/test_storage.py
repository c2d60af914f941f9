"""Object storage: the same behaviour behind file:// and s3://, with and without a prefix."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectora_core.errors import ObjectNotFoundError, StorageError
from vectora_core.storage import Storage, StoredObject, is_storage_url, local_folder, open_storage, path_segment


@pytest.fixture(params=["file", "s3", "s3 below a prefix"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "file":
        return open_storage((tmp_path / "a folder").as_uri())
    new_bucket: Callable[[], str] = request.getfixturevalue("new_bucket")
    return open_storage(f"s3://{new_bucket()}" + ("/some/prefix/" if request.param != "s3" else ""))


def test_what_was_put_is_got(storage: Storage) -> None:
    """Whole, replaced by the next put, and of any size."""
    for data in (b"one", b"", bytes(range(256)) * 50_000):
        storage.put("a/b.json", data)
        assert storage.get("a/b.json") == data
        assert asyncio.run(storage.get_async("a/b.json")) == data
        assert storage.find("a/b.json") == data


def test_what_is_not_there_is_said_by_its_url(storage: Storage) -> None:
    """`get` raises, `find` gives None; neither is worth a second try."""
    with pytest.raises(ObjectNotFoundError, match="does not exist") as caught:
        storage.get("a/b.json")
    assert f"{storage.url}/a/b.json" in str(caught.value)
    assert caught.value.transient is False
    assert storage.find("a/b.json") is None


def test_creating_lets_the_first_one_win(storage: Storage) -> None:
    """A conditional create: True once, whoever comes later reads what the first one wrote."""
    assert storage.create("a", b"first") is True
    assert storage.create("a", b"second") is False
    assert asyncio.run(storage.create_async("a", b"third")) is False
    assert asyncio.run(storage.create_async("b", b"other")) is True
    assert (storage.get("a"), storage.get("b")) == (b"first", b"other")


def test_of_many_at_once_exactly_one_creates(storage: Storage) -> None:
    """Also when they come at the same moment."""

    async def race() -> list[bool]:
        return await asyncio.gather(*(storage.create_async("race", str(number).encode()) for number in range(20)))

    won = asyncio.run(race())
    assert won.count(True) == 1
    assert storage.get("race") == str(won.index(True)).encode()


def test_a_listing_is_what_is_below_a_folder(storage: Storage) -> None:
    """Sorted, with sizes; a folder whose name only begins alike is another one."""
    for path in ("b/2", "b/1/x", "bb/1", "a"):
        storage.put(path, b"12")
    below = [StoredObject(path="b/1/x", size=2), StoredObject(path="b/2", size=2)]
    assert storage.list_objects("b") == storage.list_objects("b/") == below
    assert asyncio.run(storage.list_async("b")) == below
    assert [one.path for one in storage.list_objects("")] == ["a", "b/1/x", "b/2", "bb/1"]
    assert storage.list_objects("c") == []
    assert list(storage.list_folders("")) == ["b", "bb"]


def test_many_are_read_at_once_and_each_answers_for_itself(storage: Storage) -> None:
    """One that cannot be read is its error; the others are there."""
    paths = [f"many/{number}" for number in range(100)]
    for path in paths:
        storage.put(path, path.encode())
    found = storage.get_many([*paths, "many/none"])
    assert isinstance(found.pop("many/none"), ObjectNotFoundError)
    assert found == {path: path.encode() for path in paths}
    assert storage.get_many([]) == {}


def test_deleting_leaves_the_others(storage: Storage) -> None:
    """What is gone already is left alone."""
    for path in ("a/1", "a/2", "b/1"):
        storage.put(path, b"")
    storage.delete_many([])
    storage.delete_many(["a/2", "none", "a/1"])
    assert [one.path for one in storage.list_objects("")] == ["b/1"]


@pytest.mark.parametrize("path", ["../outside", "a/../../outside", "a/./b"])
def test_no_path_leads_out_of_the_root(storage: Storage, path: str) -> None:
    """Dots in a path are refused, for good."""
    with pytest.raises(StorageError, match="is not a usable path") as caught:
        storage.put(path, b"")
    assert caught.value.transient is False


HOSTILE = [
    "..",
    ".",
    "...",
    "a/b",
    "../../etc/passwd",
    "a b",
    "ä/ß",
    "manual__2026-03-10T15:42:00+00:00",
    "%2e%2e",
    "a\\b",
    "*",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_foreign_text_is_one_segment_of_a_path(storage: Storage, text: str) -> None:
    """Run ids and the like come from anywhere: written, listed and read back under their own name, and no other's."""
    path = f"runs/{path_segment(text)}/report.json"
    storage.put(path, text.encode())
    assert [one.path for one in storage.list_objects("runs")] == [path]
    assert storage.get(path) == text.encode()


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_texts_are_different_segments(one: str, other: str) -> None:
    """No slash, never one or two dots, and nothing that two texts share."""
    try:
        first, second = path_segment(one), path_segment(other)
    except UnicodeEncodeError:
        return
    assert "/" not in first
    assert first not in (".", "..")
    assert (first == second) == (one == other)


def test_a_missing_local_folder_is_made(tmp_path: Path) -> None:
    """With the folders above it; blanks and the like in its URL are what they say."""
    assert open_storage((tmp_path / "a b" / "ü").as_uri()).list_objects("") == []
    assert (tmp_path / "a b" / "ü").is_dir()


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    """The URL is named."""
    (tmp_path / "file").write_text("")
    for path in ("file", "file/below"):
        with pytest.raises(StorageError, match="cannot be reached") as caught:
            open_storage((tmp_path / path).as_uri())
        assert (tmp_path / path).as_uri() in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "configs", "/configs", "file://host/configs", "file:relative", "http://x/y", "s3://", "s3:///x", "s3://[x"]
)
def test_what_is_no_storage_url_is_refused(url: str) -> None:
    """With the two forms that are taken."""
    assert not is_storage_url(url)
    with pytest.raises(StorageError, match=r"is not a storage URL: use file:///absolute/folder or s3://bucket/prefix"):
        open_storage(url)


def test_a_url_tells_whether_it_is_a_local_folder() -> None:
    """Percent-encoding is undone; a bucket is none."""
    assert local_folder("file:///a%20b/c") == local_folder("file://localhost/a%20b/c") == Path("/a b/c")
    assert local_folder("s3://bucket") is None
    assert is_storage_url("s3://bucket")
    assert is_storage_url("file:///x")


def test_a_bucket_that_is_not_there_is_named(new_bucket: Callable[[], str]) -> None:
    """Writing into it is no matter of a second try."""
    storage = open_storage("s3://no-such-bucket/prefix")
    for write in (storage.put, storage.create):
        with pytest.raises(StorageError, match="there is no such bucket") as caught:
            write("a", b"")
        assert "s3://no-such-bucket/prefix/a" in str(caught.value)
        assert caught.value.transient is False
    with pytest.raises(StorageError, match="s3://no-such-bucket/prefix/"):
        storage.list_objects("")


def test_an_endpoint_out_of_reach_is_transient(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says where it asked and what to look at."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StorageError, match="check the URL, the credentials and the network") as caught:
        open_storage("s3://bucket").get("a")
    assert caught.value.transient is True


def test_a_profile_that_is_not_there_is_a_storage_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It comes from another library; it is told like any other problem of storage."""
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with pytest.raises(StorageError, match=r"no AWS credentials: .*no-such-profile.*; check AWS_PROFILE") as caught:
        open_storage("s3://bucket")
    assert caught.value.transient is False
