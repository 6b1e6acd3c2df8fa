"""Every refusal over HTTP has the same form: `{"error": {"code", "message"}}`."""

import math
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from rooms.errors import (
    InternalError,
    InvalidMessage,
    NamesNotAllowed,
    NotPermitted,
    RateLimited,
    RoomError,
    RoomExists,
    RoomNotFound,
    ServerFull,
)
from server.metrics import Metrics

log = structlog.get_logger()


class NotFound(RoomError):
    code = "not-found"
    sentence = "There is nothing at this address."


class MethodNotAllowed(RoomError):
    code = "method-not-allowed"
    sentence = "This address does not answer to that method."


class BodyTooLarge(RoomError):
    code = "body-too-large"
    sentence = "The request body is too large."


class NotJson(RoomError):
    code = "not-json"
    sentence = "Send the body as application/json."


class OriginNotAllowed(RoomError):
    code = "origin-not-allowed"
    sentence = "Pages from that origin may not use this server."


class BadRequest(RoomError):
    code = "bad-request"
    sentence = "The request cannot be understood."


class NotReady(RoomError):
    code = "not-ready"
    sentence = "The server is not ready."


STATUSES: dict[type[RoomError], HTTPStatus] = {
    BadRequest: HTTPStatus.BAD_REQUEST,
    InvalidMessage: HTTPStatus.BAD_REQUEST,
    NamesNotAllowed: HTTPStatus.FORBIDDEN,
    NotPermitted: HTTPStatus.FORBIDDEN,
    OriginNotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    RoomNotFound: HTTPStatus.NOT_FOUND,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    RoomExists: HTTPStatus.CONFLICT,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    NotJson: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    InternalError: HTTPStatus.INTERNAL_SERVER_ERROR,
    NotReady: HTTPStatus.SERVICE_UNAVAILABLE,
    ServerFull: HTTPStatus.SERVICE_UNAVAILABLE,
}
_OF_AIOHTTP: dict[int, type[RoomError]] = {
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.METHOD_NOT_ALLOWED: MethodNotAllowed,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: BodyTooLarge,
    HTTPStatus.FORBIDDEN: NotPermitted,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: NotJson,
}


def refusal(error: RoomError) -> web.Response:
    """The answer that tells of an error."""
    content: dict[str, Any] = {"code": error.code, "message": error.message}
    headers = {"Cache-Control": "no-store"}
    if error.retry_after_s is not None:
        content["retry_after_s"] = round(error.retry_after_s, 3)
        headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    status = next(
        (STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    return web.json_response({"error": content}, status=status, headers=headers)


def refusals(metrics: Metrics) -> Middleware:
    """Turn whatever a handler raises into an answer; what we did not expect is logged once."""

    @web.middleware
    async def tell(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except RoomError as error:
            metrics.rejected.labels(code=error.code).inc()
            return refusal(error)
        except web.HTTPException as error:
            if error.status < HTTPStatus.BAD_REQUEST:
                raise
            answer = refusal(_OF_AIOHTTP.get(error.status, BadRequest)())
            if "Allow" in error.headers:
                answer.headers["Allow"] = error.headers["Allow"]
            return answer
        except web.RequestPayloadError:  # a body that is not what its headers say
            metrics.rejected.labels(code=BadRequest.code).inc()
            return refusal(BadRequest())
        except ConnectionError:
            raise  # the client is gone: there is nobody to tell
        except Exception as error:
            log.error("request-failed", method=request.method, exc_info=error)
            metrics.rejected.labels(code=InternalError.code).inc()
            return refusal(InternalError())

    return tell
