"""`foresite basemap`: the operator's own roads, water, names and the like under the map."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli.session import DataOption, JsonOption, begin

app = typer.Typer(
    help=(
        "The plain map under the colours: roads, railways, water, green, buildings, names.\n\n"
        "Nothing is fetched; what is shown is what was added here. Running screens show it when "
        "they are loaded anew."
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Kind(StrEnum):
    """What a file holds."""

    roads = "roads"
    railways = "railways"
    water = "water"
    green = "green"
    buildings = "buildings"
    names = "names"


class Coordinates(StrEnum):
    """Coordinate systems of Chinese sources."""

    wgs84 = "wgs84"
    gcj02 = "gcj02"
    bd09 = "bd09"


@app.command("add")
def add(
    context: typer.Context,
    *,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="GeoJSON, GeoPackage, Shapefile, ….")
    ],
    kind: Annotated[Kind, typer.Option("--kind", help="What the file holds.")],
    coordinates: Annotated[
        Coordinates, typer.Option("--coordinates", help="Coordinate system of its degrees.")
    ] = Coordinates.wgs84,
    name: Annotated[
        str | None,
        typer.Option("--as", metavar="NAME", help="Name of the layer; default after the file."),
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", metavar="COLUMN", help="Column with the names.")
    ] = None,
    rank: Annotated[
        str | None,
        typer.Option(
            "--rank",
            metavar="COLUMN",
            help="Column with the importance: a number, 1 first, or OpenStreetMap's class.",
        ),
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option("--layer", metavar="NAME", help="Which layer, if the file has several."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Encoding of its text, if it is not declared.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a layer, or replace the one of its name."""
    session = begin(context, data, as_json)
    system = session.settings.web.tiles.system
    from dashboard import basemap
    from dashboard.basemap.tend import name_of
    from geo.basemap_source import read_base

    chosen = name_of(Path(name)) if name is not None else name_of(file)
    with session.out.progress() as report:
        report("read", 0.0)
        frame = read_base(
            file,
            kind.value,
            crs=coordinates.value,
            layer=layer,
            encoding=encoding,
            label=label,
            rank=rank,
        )
        report("cut tiles", 0.0)
        session.data.mkdir(parents=True, exist_ok=True)
        made, replaced = basemap.add(
            session.data, frame, kind=kind.value, name=chosen, file=file.name, system=system
        )
        report("cut tiles", 1.0)
    left_out = int(frame.attrs["left_out"])
    said = f"{'Replaced' if replaced else 'Added'} {made.name}: {made.features:,} {made.kind}"
    if left_out:
        said += f"; {left_out:,} features of the file are nothing of the kind and were left out"
    session.out.result(
        {
            "name": made.name,
            "kind": made.kind,
            "features": made.features,
            "left_out": left_out,
            "replaced": replaced,
        },
        [said],
    )


@app.command("list")
def list_(context: typer.Context, *, data: DataOption = None, as_json: JsonOption = False) -> None:
    """List the layers of the base map."""
    session = begin(context, data, as_json)
    from dashboard.basemap import read_base_map

    layers = read_base_map(session.data).layers
    session.out.result(
        {
            "layers": [
                {"name": one.name, "kind": one.kind, "features": one.features, "file": one.file}
                for one in layers
            ]
        },
        [f"{one.name:<24} {one.kind:<10} {one.features:>9,}  {one.file}" for one in layers]
        or ["No base map. Add a layer with: foresite basemap add FILE --kind roads"],
    )


@app.command("remove")
def remove(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a layer.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a layer of the base map."""
    session = begin(context, data, as_json)
    from dashboard import basemap

    known = [one.name for one in basemap.read_base_map(session.data).layers]
    if name not in known or not basemap.remove(session.data, name):
        listed = ", ".join(known) or "there is none"
        raise typer.BadParameter(f"no base layer {name!r}; known: {listed}", param_hint="NAME")
    session.out.result({"removed": name}, [f"Removed {name}."])
