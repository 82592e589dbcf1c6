# SPDX-License-Identifier: Apache-2.0
"""The admin plane: FastAPI with its published OpenAPI document, refusals as problem documents."""

from collections.abc import Iterable
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from skm_common import __version__
from skm_kms.errors import InvalidRequestError, RequestError

from ..reply import problem_reply
from .callers import Gate
from .models import ProblemView

_CODES: Final = {404: "not_found", 405: "method_not_allowed", 400: "invalid_request"}
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": ProblemView, "description": "Refused; `code` says why"},
    "5XX": {"model": ProblemView, "description": "Can't be answered now"},
}


def admin_app(gate: Gate, routers: Iterable[APIRouter]) -> FastAPI:
    """The app behind the admin plane's port."""
    app = FastAPI(
        title="Secure Key Manager for Kubernetes: admin plane",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        responses=_PROBLEMS,
    )
    app.state.gate = gate
    for router in routers:
        app.include_router(router)
    app.add_exception_handler(RequestError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestError):
        raise error
    request.scope["skm.error"] = error
    reply = problem_reply(error)
    return Response(reply.body, reply.status, dict(reply.headers), reply.media_type.decode())


async def _invalid(request: Request, error: Exception) -> Response:
    """Names the fields and what is wrong with them, never what stood there."""
    if not isinstance(error, RequestValidationError):
        raise error
    found = [f"{_place(item['loc'])}: {item['msg']}" for item in error.errors()[:5]]
    return await _refused(request, InvalidRequestError("; ".join(found)))


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    code = _CODES.get(error.status_code, "invalid_request")
    detail = str(error.detail)
    return await _refused(request, RequestError(detail, code=code, headers=error.headers))


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part)[:64] for part in location)
