"""What many addresses have in common: moment and language, tags, errors."""

from __future__ import annotations

from dashboard.web.api.description.fields import Schema, choice, record, ref, text, whole
from dashboard.web.api.description.model import JSON, Answer, Parameter
from dashboard.web.i18n import LANGUAGES

AT = Parameter(
    "at",
    "An earlier moment: the answer as it was then, ISO 8601; without offset it is in the "
    "operator's time zone. Left out: now.",
    {"type": "string"},
    example="2026-11-21T15:00+08:00",
)
LANG = Parameter(
    "lang",
    "Language of words in files and tables (setting `web.language`); codes and numbers are the "
    "same in all.",
    choice("Language.", LANGUAGES),
)
# Of every address that reads a snapshot.
ALWAYS = (AT, LANG)
_TAGGED: dict[str, Schema] = {
    "ETag": text("Of this answer; send it back as `If-None-Match`."),
    "Cache-Control": text("`no-cache`: may be kept, but has to be asked about."),
}
_CODES = {
    400: ("A parameter cannot be used", ("unknown_parameter", "repeated_parameter",
                                         "bad_parameter")),
    503: ("There is no snapshot to show", ("no_snapshot",)),
}  # fmt: skip

ERRORS: dict[str, Schema] = {
    "Error": record("Every error has this shape.", {"error": ref("Problem")}),
    "Problem": record(
        "What was wrong.",
        {
            "code": text("A word for programs.", minLength=1),
            "message": text("What was wrong, for people.", minLength=1),
            "hint": text("What would be right.", minLength=1),
        },
    ),
}
ERROR_EXAMPLE = {
    "error": {
        "code": "bad_parameter",
        "message": "status='purple' cannot be used",
        "hint": "use red, yellow, green, unknown",
    }
}


def told(
    schema: Schema,
    about: str,
    *,
    media: str = JSON,
    also: dict[str, Schema] | None = None,
    headers: dict[str, Schema] | None = None,
    example: object = None,
) -> tuple[Answer, ...]:
    """An answer with a tag, and the empty one for who has it already.

    Args:
        schema: of the JSON.
        about: what it holds.
        media: its type.
        also: schemas of other media types, chosen by ``format``.
        headers: beside the tag.
        example: of the JSON.
    """
    content = {media: schema, **(also or {})}
    return (
        Answer(200, about, content, {**_TAGGED, **(headers or {})}, example),
        Answer(304, "Unchanged since the `If-None-Match` that was sent.", headers={**_TAGGED}),
    )


def refused(status: int, about: str | None = None, *codes: str) -> Answer:
    """An error: when it comes, and its codes (those of that status everywhere, when left out)."""
    usual, known = _CODES.get(status, ("", ()))
    named = ", ".join(f"`{code}`" for code in (codes or known))
    example = ERROR_EXAMPLE if status == 400 else None
    return Answer(status, f"{about or usual} ({named}).", {JSON: ref("Error")}, example=example)


def limit(default: int, most: int, what: str) -> Parameter:
    """How many rows at most."""
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return Parameter("limit", f"At most so many {what}.", schema, example=min(20, most))


def count_header(what: str) -> dict[str, Schema]:
    """How many there are in all."""
    return {"X-Total-Count": whole(f"So many {what} there are in all.")}
