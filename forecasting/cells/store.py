"""Model files: LightGBM text and a JSON manifest with hashes; nothing that runs code when read."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from forecasting.cells.calibration import Calibration, Line
from forecasting.cells.risk import RiskModel
from forecasting.errors import ModelError

_COMPLAINTS, _BITTER, _MANIFEST = "complaints.txt", "bitter.txt", "manifest.json"
_FORMAT = 2
_THREADS = re.compile(r"(\[num_threads: )\d+\]")


@dataclass(frozen=True)
class Stored:
    """A model with its papers.

    Attributes:
        model_id: ``<trained as of, UTC>-<8 hex of the content>``.
        trained_as_of: local midnight whose knowledge it was trained on.
        fingerprint: of the facts and settings it was trained with.
        model: ready to score.
        report: figures on the later slice.
    """

    model_id: str
    trained_as_of: datetime
    fingerprint: str
    model: RiskModel
    report: dict[str, Any]


def save(
    folder: Path,
    model: RiskModel,
    *,
    trained_as_of: datetime,
    fingerprint: str,
    report: dict[str, Any],
) -> Stored:
    """Write a model below ``folder``: aside, flushed to disk, then renamed into place."""
    # Threads are no part of what a model is: the same facts give the same name on any machine.
    texts = {
        name: _THREADS.sub(r"\g<1>0]", booster.model_to_string()).encode()
        for name, booster in ((_COMPLAINTS, model.complaints), (_BITTER, model.bitter))
    }
    manifest = {
        "format": _FORMAT,
        "trained_as_of": trained_as_of.astimezone(UTC).isoformat(),
        "fingerprint": fingerprint,
        "features": list(model.features),
        "base": model.base,
        "subscribers": model.subscribers,
        "tilt": asdict(model.tilt),
        "calibration": asdict(model.calibration),
        "report": report,
        "files": {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()},
    }
    model_id = _identify(trained_as_of, manifest)
    final, aside = folder / model_id, folder / f".tmp-{model_id}-{os.getpid()}"
    if not final.exists():
        aside.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            _write(aside / name, text)
        _write(aside / _MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
        try:
            aside.rename(final)
        except OSError:
            shutil.rmtree(aside, ignore_errors=True)
            if not final.exists():
                raise
    return Stored(model_id, trained_as_of, fingerprint, model, report)


def load(folder: Path) -> Stored:
    """Read one model's folder.

    Raises:
        ModelError: a file is missing, was changed, or is of another format.
    """
    import lightgbm

    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        texts = {name: (folder / name).read_bytes() for name in (_COMPLAINTS, _BITTER)}
        as_of = datetime.fromisoformat(manifest["trained_as_of"])
        sound = (
            manifest["format"] == _FORMAT
            and {n: hashlib.sha256(text).hexdigest() for n, text in texts.items()}
            == manifest["files"]
            and _identify(as_of, manifest) == folder.name
        )
        if not sound:
            raise ModelError(f"{folder}: the model's files are not the ones that were written")
        parts = manifest["calibration"]
        model = RiskModel(
            lightgbm.Booster(model_str=texts[_COMPLAINTS].decode()),
            lightgbm.Booster(model_str=texts[_BITTER].decode()),
            tuple(manifest["features"]),
            float(manifest["base"]),
            float(manifest["subscribers"]),
            Line(**manifest["tilt"]),
            Calibration(Line(**parts["count"]), Line(**parts["chance"])),
        )
    except (OSError, ValueError, KeyError, TypeError, lightgbm.basic.LightGBMError) as error:
        raise ModelError(f"{folder}: the model cannot be read: {error}") from error
    return Stored(folder.name, as_of, manifest["fingerprint"], model, manifest["report"])


def find(folder: Path, as_of: datetime) -> list[Path]:
    """Folders of models trained at or before ``as_of``, the newest first."""
    prefix = f"{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}~"
    if not folder.is_dir():
        return []
    names = [p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")]
    return sorted((p for p in names if p.name < prefix), key=lambda p: p.name, reverse=True)


def _identify(as_of: datetime, manifest: dict[str, Any]) -> str:
    content = json.dumps(manifest, sort_keys=True).encode()
    return f"{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}-{hashlib.sha256(content).hexdigest()[:8]}"


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
