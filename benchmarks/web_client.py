"""Asks a Dash application what a browser asks it: a page, and all callbacks that follow from it.

Works by the application's own layout and callback map, so that a page needs no word here. What
runs in the browser (clientside callbacks, scripts) is left out: it costs the server nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient

UPDATE = "/_dash-update-component"
MOST_WAVES = 12
Property = tuple[str, str]
Spec = dict[str, Any]  # a callback as the application lists it


class AnswerError(Exception):
    """The server answered with an error: the figures would be worth nothing."""


@dataclass(frozen=True)
class Answer:
    """One request as the server saw it.

    Attributes:
        what: the path, or the first output of a callback.
        ms: server time in milliseconds, from the request's bytes to the answer's.
        cpu_ms: processor time of it, all threads: the same on a busy machine.
        size: bytes of the answer's body.
    """

    what: str
    status: int
    ms: float
    cpu_ms: float
    size: int


@dataclass
class Browser:
    """One window.

    Attributes:
        props: the properties of each component by its id, as the browser has them now.
    """

    client: FlaskClient
    width: int = 1920
    height: int = 1080
    props: dict[str, dict[str, Any]] = field(default_factory=dict)
    _specs: list[Spec] = field(default_factory=list)
    _shell: Any = None

    def start(self) -> None:
        """Layout and callback map, asked for once as by a browser."""
        self._shell = self._get("/_dash-layout")
        self._specs = [
            spec for spec in self._get("/_dash-dependencies") if not spec["clientside_function"]
        ]

    def get(self, path: str, **headers: str) -> Answer:
        """One plain request.

        Raises:
            AnswerError: the status is 400 or higher.
        """
        return self._timed(path, "GET", path, headers=headers)[0]

    def open(self, path: str, search: str = "") -> list[Answer]:
        """A page, with every callback that its parts call; in the order of the requests.

        Raises:
            AnswerError: one of them failed.
        """
        self.props = {name: dict(props) for name, props in _components(self._shell)}
        self.props["url"] |= {"pathname": path, "search": search, "hash": "", "href": path + search}
        self.props["screen"]["data"] = {"w": self.width, "h": self.height}
        changed = {("url", "pathname"), ("url", "search"), ("screen", "data")}
        return self._settle(self._called(set(self.props), changed))

    def tick(self) -> list[Answer]:
        """The page's clocks strike: what it asks for at every beat."""
        return self._settle(self._called(set(), self._strike()))

    def beat(self) -> list[dict[str, Any]]:
        """The bodies that the page posts at its next beat."""
        struck = self._strike()
        return [self._request(spec, struck) for spec in self._called(set(), struck).values()]

    def _strike(self) -> set[Property]:
        """Every clock of the page goes on by one."""
        ends = {end for spec in self._specs for end in _ends(spec, "inputs")}
        struck = {(i, p) for i, p in ends if p == "n_intervals" and i in self.props}
        for name, prop in struck:
            self.props[name][prop] = (self.props[name].get(prop) or 0) + 1
        return struck

    def _request(self, spec: Spec, changed: set[Property]) -> dict[str, Any]:
        """What the browser posts for a callback."""
        outputs = [
            {"id": name, "property": prop.split("@")[0]} for name, prop in _ends(spec, "output")
        ]
        inputs = [{**one, "value": self._value(one)} for one in spec["inputs"]]
        named = [f"{name}.{prop}" for name, prop in _ends(spec, "inputs")]
        return {
            "output": spec["output"],
            "outputs": outputs if spec["output"].startswith("..") else outputs[0],
            "inputs": inputs,
            "state": [{**one, "value": self._value(one)} for one in spec["state"]],
            "changedPropIds": [n for n in named if tuple(n.rsplit(".", 1)) in changed] or named[:1],
        }

    def apply(self, body: bytes) -> tuple[set[str], set[Property]]:
        """Take an answer over; ids of the parts that came, and what changed."""
        came: set[str] = set()
        changed: set[Property] = set()
        for name, values in json.loads(body).get("response", {}).items():
            self.props.setdefault(name, {}).update(values)
            changed |= {(name, prop) for prop in values}
            found = dict(_components(values.get("children")))
            self.props |= found
            came |= set(found)
        return came, changed

    def _settle(self, queue: dict[str, Spec]) -> list[Answer]:
        """Call what is due, then what their answers call, until all is quiet."""
        answers: list[Answer] = []
        for _ in range(MOST_WAVES):
            if not queue:
                return answers
            ready = [s for s in queue.values() if not self._waits(s, queue)] or [*queue.values()]
            for spec in ready:
                del queue[spec["output"]]
                body = self._request(spec, set(_ends(spec, "inputs")))
                what = f"{_ends(spec, 'output')[0][0]} by {_ends(spec, 'inputs')[0][0]}"
                answer, told = self._timed(what, "POST", UPDATE, json=body)
                answers.append(answer)
                if answer.status == 200:
                    queue |= self._called(*self.apply(told))
        raise AnswerError(f"callbacks still call one another after {MOST_WAVES} rounds")

    def _waits(self, spec: Spec, queue: dict[str, Spec]) -> bool:
        """Another one that is due makes what this one asks for."""
        inputs = set(_ends(spec, "inputs"))
        others = (other for other in queue.values() if other is not spec)
        return any(inputs & set(_ends(other, "output")) for other in others)

    def _called(self, came: set[str], changed: set[Property]) -> dict[str, Spec]:
        """Callbacks that new parts and changed properties call, by their outputs."""

        def called(spec: Spec) -> bool:
            if changed & set(_ends(spec, "inputs")):
                return True
            ends = _ends(spec, "output") + _ends(spec, "inputs")
            return not spec["prevent_initial_call"] and bool(came & {name for name, _ in ends})

        here = (spec for spec in self._specs if self._here(spec))
        return {spec["output"]: spec for spec in here if called(spec)}

    def _here(self, spec: Spec) -> bool:
        outputs, inputs = _ends(spec, "output"), _ends(spec, "inputs")
        every = [name for name, _ in outputs + inputs]
        return all(name in self.props for name in every)

    def _value(self, end: dict[str, str]) -> object:
        return self.props.get(end["id"], {}).get(end["property"])

    def _get(self, path: str) -> Any:  # noqa: ANN401  JSON of any shape
        return json.loads(self._timed(path, "GET", path)[1])

    def _timed(self, what: str, method: str, path: str, **how: object) -> tuple[Answer, bytes]:
        start, worked = time.perf_counter(), time.process_time()
        answer = self.client.open(path, method=method, **how)  # type: ignore[arg-type]
        body = answer.data
        ms = 1000 * (time.perf_counter() - start)
        cpu = 1000 * (time.process_time() - worked)
        if answer.status_code >= 400:
            raise AnswerError(f"{method} {what}: {answer.status_code} {body[:300]!r}")
        return Answer(what, answer.status_code, ms, cpu, len(body)), body


def _ends(spec: Spec, kind: str) -> list[Property]:
    """Ids and properties of a callback's outputs, inputs or states."""
    if kind != "output":
        return [(one["id"], one["property"]) for one in spec[kind]]
    listed = spec["output"].strip(".").split("...")
    pairs = [one.rsplit(".", 1) for one in listed]
    return [(name, prop.split("@")[0]) for name, prop in pairs]


def _components(node: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Ids with the properties of all components in a tree of a layout."""
    if isinstance(node, dict):
        props = node.get("props")
        if isinstance(props, dict):
            if isinstance(props.get("id"), str):
                yield props["id"], props
            node = props
        for value in node.values():
            if isinstance(value, dict | list):
                yield from _components(value)
    elif isinstance(node, list):
        for part in node:
            yield from _components(part)
