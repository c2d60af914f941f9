"""Redirects: followed, counted, bounded, and trusted with nothing."""

from __future__ import annotations

import pytest

from tests.fakes.fetching import Place, at, fails
from tests.fakes.misbehaving_server import MisbehavingServer, answer, redirect
from vectora_core.errors import FetchError
from vectora_core.ingest.fetch.fetcher import MAX_REDIRECTS
from vectora_core.ingest.types import Response

SECRETS = {"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret"}


def test_redirects_are_followed_and_counted() -> None:
    """Relative and absolute Locations lead on; the final URL and the number of requests are told."""

    async def story(place: Place) -> Response:
        place.server.on("/b/c", answer(200, b"there"))
        place.server.on("/b/a", redirect("c#part", 301))
        return await place.fetch(place.server.on("/start", redirect(place.server.url("/b/a"), 308)))

    response = at(story)
    assert (response.body, response.requests) == (b"there", 3)
    assert response.url.endswith("/b/c")


def test_a_redirect_loop_ends() -> None:
    """More than five redirects are too many, permanently."""
    error, place = fails(redirect("/feed"))
    assert (error.failure_class, error.transient, error.requests) == ("too_many_redirects", False, MAX_REDIRECTS + 1)
    assert place.server.paths == ["/feed"] * (MAX_REDIRECTS + 1)


def test_a_redirect_to_nowhere_is_an_answer_like_any_other() -> None:
    """A redirect without a Location is named by its status."""
    assert fails(answer(302))[0].failure_class == "http_302"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "mailto:a@b", "http://[::1", "gopher:"])
def test_a_redirect_out_of_the_web_is_refused(target: str) -> None:
    """Only http and https are followed."""
    error, _ = fails(redirect(target))
    assert (error.failure_class, error.transient, error.requests) == ("bad_url", False, 1)


@pytest.mark.parametrize("target", ["http://127.0.0.2:{port}/x", "http://169.254.169.254/latest/", "http://[::1]:{port}/"])
def test_a_redirect_to_a_private_address_is_refused(target: str) -> None:
    """A public page cannot send the fetcher to a network that is not named in the settings."""

    async def story(place: Place) -> tuple[FetchError, Place]:
        url = place.server.on("/feed", redirect(target.format(port=place.server.port)))
        return await place.refusal(url), place

    error, place = at(story)
    assert (error.failure_class, error.transient) == ("private_address", False)
    assert "VECTORA_ALLOW_PRIVATE_NETWORKS" in str(error)
    assert place.server.paths == ["/feed"]


def test_secrets_stay_with_their_origin() -> None:
    """The source's header fields go to the host it names, over redirects there, and to nobody else (nor to another port)."""

    async def story(place: Place) -> tuple[MisbehavingServer, MisbehavingServer]:
        async with MisbehavingServer() as other:
            there = other.on("/there", redirect(place.server.on("/back", answer(200))))
            place.server.on("/moved", redirect(there))
            await place.fetch(place.server.on("/feed", redirect("/moved")), headers=SECRETS)
        return place.server, other

    own, other = at(story)
    sent = {request.target: request.headers for request in own.received}
    assert sent["/feed"]["authorization"] == sent["/moved"]["authorization"] == "Bearer s3cret"
    assert sent["/moved"]["x-api-key"] == "s3cret"
    assert not {"authorization", "x-api-key"} & set(other.received[0].headers)
    assert not {"authorization", "x-api-key"} & set(sent["/back"]), "what was dropped does not come back"


def test_user_and_password_of_a_url_are_sent_and_forgotten() -> None:
    """Userinfo becomes basic authorization for its origin; the final URL, a base for links, is without it."""

    async def story(place: Place) -> tuple[Response, MisbehavingServer]:
        url = place.server.on("/feed", answer(200))
        return await place.fetch(url.replace("//", "//us%40er:p4ss@")), place.server

    response, server = at(story)
    assert server.received[0].headers["authorization"] == "Basic dXNAZXI6cDRzcw=="
    assert response.url == server.url("/feed")


def test_messages_do_not_tell_secrets() -> None:
    """User, password and query values under telling names are left out of messages, also of a redirect's target."""

    async def story(place: Place) -> list[str]:
        url = place.server.on("/feed", answer(404)).replace("//", "//user:p4ss@")
        away = place.server.on("/away", redirect("ftp://user:p4ss@h/x?token=t0ken"))
        return [str(await place.refusal(one)) for one in (f"{url}?q=ok&api_key=k3y&Token=t0ken#x", away)]

    plain, redirected = at(story)
    assert "ftp://***@h/x?token=***" in redirected
    assert "q=ok&api_key=***&Token=***" in plain
    assert not any(secret in plain + redirected for secret in ("p4ss", "k3y", "t0ken"))
