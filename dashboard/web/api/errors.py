"""Errors of the API: one shape, ``{"error": {"code", "message", "hint"}}``."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from dashboard.errors import DashboardError, SnapshotError
from dashboard.web.view.state import BadQueryError

PREFIX = "/api/"
LISTED = "/api/v1/openapi.json and docs/reference/api.md list the addresses"
# Programs read these; Dash answers everything else with its page.
_FOR_PROGRAMS = (PREFIX, "/layers/", "/live/")


class ApiError(DashboardError):
    """A request that cannot be answered.

    Attributes:
        status: the HTTP status.
        code: a word for programs.
        hint: what would be right.
    """

    def __init__(self, status: int, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.status, self.code, self.hint = status, code, hint


def register(server: Flask) -> None:
    """Turn exceptions on API paths into JSON."""

    @server.errorhandler(ApiError)
    def refused(error: ApiError) -> Response:
        return answer(error.status, error.code, str(error), error.hint)

    @server.errorhandler(BadQueryError)
    def bad_query(error: BadQueryError) -> Response:
        return answer(400, "bad_parameter", str(error), error.hint)

    @server.errorhandler(SnapshotError)
    def no_snapshot(error: SnapshotError) -> Response:
        return answer(503, "no_snapshot", str(error), "publish one with: foresite forecast")

    @server.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response | HTTPException:
        if not request.path.startswith(_FOR_PROGRAMS):
            return error
        code = (error.name or "error").lower().replace(" ", "_")
        response = answer(error.code or 500, code, error.description or error.name, LISTED)
        for name, value in error.get_headers():
            if name.lower() == "allow":
                response.headers[name] = value
        return response

    @server.get(f"{PREFIX}<path:rest>")
    def unknown(rest: str) -> Response:
        # Without this route Dash would answer with its page.
        raise ApiError(
            404,
            "not_found",
            f"nothing at {PREFIX}{rest}",
            LISTED,
        )


def answer(status: int, code: str, message: str, hint: str) -> Response:
    """An error as JSON."""
    response = jsonify({"error": {"code": code, "message": message, "hint": hint}})
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
