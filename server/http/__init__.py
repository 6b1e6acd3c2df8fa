"""Pages, API, health and metrics over HTTP, and the security headers of every answer."""

from server.http.attach import attach

__all__ = ["attach"]
