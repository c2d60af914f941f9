"""The headers of every answer: nothing inline, nothing from elsewhere, shown inside Airflow only, kept by no cache."""

from __future__ import annotations

from typing import Any, Final

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
        "base-uri 'none'",
    )
)
_ALWAYS: Final = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_PRIVATE: Final = ((b"cache-control", b"no-store"),)
_FILES: Final = ((b"cache-control", b"public, max-age=86400"),)  # their addresses change with their content


class SecurityHeaders:
    """Middleware that adds them; https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy.

    :param app: the application behind it
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_file = _is_file(scope)  # asked now: the router within adds its mount to root_path of this very scope

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                may_keep = is_file and message["status"] in (200, 304)  # 304 renews what a browser has
                message["headers"] = [*message.get("headers", []), *_ALWAYS, *(_FILES if may_keep else _PRIVATE)]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_file(scope: Any) -> bool:
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return path.startswith("/static/")
