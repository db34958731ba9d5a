"""Settings of the geo package: one frozen model, embedded in the root settings."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class CoverageModel(BaseModel):
    """How far cells reach, and how masts and antennas share the ground (``geo.coverage``).

    The reaches are orders of magnitude for macro cells with outdoor antennas, as planners state
    them; what they decide is where a footprint ends towards ground that no other mast serves.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gsm_m: float = Field(10_000.0, gt=0, description="Farthest reach of a GSM cell, metres.")
    umts_m: float = Field(6_000.0, gt=0, description="Farthest reach of a UMTS cell, metres.")
    lte_m: float = Field(6_000.0, gt=0, description="Farthest reach of an LTE cell, metres.")
    nr_m: float = Field(4_000.0, gt=0, description="Farthest reach of an NR cell, metres.")
    wlan_m: float = Field(100.0, gt=0, description="Farthest reach of a WLAN access point, metres.")
    low_band: float = Field(
        1.8,
        gt=0,
        description="Bands below 1 GHz reach this many times as far (COST 231-Hata: half the"
        " frequency, 10 dB, at 35 dB a decade of distance).",
    )
    millimetre_band: float = Field(
        0.15, gt=0, description="Bands above 24 GHz reach this share of it."
    )
    density: float = Field(
        2.0,
        gt=0,
        description="A mast reaches at most this many times the distance to the masts of its layer"
        " around; beyond, its ground is served where another mast reaches it.",
    )
    thin_layer: float = Field(
        4.0,
        ge=1,
        description="The masts of a layer count as at most this many times as far apart as all"
        " masts there: a lone 5G mast in a city centre does not cover the city.",
    )
    lone_sector_deg: float = Field(
        120.0,
        gt=0,
        le=360,
        description="Angle of the only sector of a mast: the 10 dB width of a 65 degree beam.",
    )
    same_direction_deg: float = Field(
        10.0,
        ge=0,
        lt=60,
        description="Azimuths of one mast and band that differ by less are carriers of one sector.",
    )
    same_site_m: float = Field(
        100.0,
        ge=0,
        description="Cells of one site this close to its middle hang on one mast, even where each"
        " antenna has a position of its own.",
    )
    outside_m: float = Field(
        200.0,
        ge=0,
        description="A mast this far outside the boundary still belongs to the city; beyond, its"
        " cells are drawn outside and counted.",
    )


class GeoSettings(BaseModel):
    """Footprints, hexagons and borders of cells."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    coverage: CoverageModel = Field(
        CoverageModel(), description="Reach and shape of the footprints of cells."
    )
    hexagon_resolution: int | None = Field(
        None,
        ge=4,
        le=11,
        description="H3 resolution of the hexagons; unset: about the size of a cell.",
    )
    most_hexagons: int = Field(
        40_000,
        ge=100,
        le=500_000,
        description="Hexagons that the chosen resolution may need, about; more: a coarser one.",
    )
    border_m: float = Field(
        10.0, ge=0, description="Footprints that touch along less than this are no neighbours."
    )
