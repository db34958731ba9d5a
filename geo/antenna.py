"""Where a cell's antenna looks, and how much of it goes there.

Pattern: A(theta) = -min(12 (theta / beamwidth)^2, limit) dB with a beamwidth of 65 degrees and a
limit of 20 dB (3GPP TR 36.942, 4.2.1.1; TR 36.814, table A.2.1.1-2, has the same form). As a
share of power its main lobe is a Gaussian with a standard deviation of 27.65 degrees.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import erf

Array = npt.NDArray[np.float64]

BEAMWIDTH_DEG = 65.0
LIMIT_DB = 20.0


def offset_deg(direction: Array, azimuth: Array) -> Array:
    """Angle between two directions, degrees, 0 to 180; NaN if either is NaN."""
    return np.asarray(np.abs((direction - azimuth + 180.0) % 360.0 - 180.0))


def spread_deg(beamwidth_deg: float = BEAMWIDTH_DEG) -> float:
    """Standard deviation of the main lobe as a Gaussian: beamwidth / sqrt(24 ln(10) / 10)."""
    return beamwidth_deg / float(np.sqrt(2.4 * np.log(10.0)))


def gain(
    offset: Array, *, spread: Array | float | None = None, limit_db: float = LIMIT_DB
) -> Array:
    """Share of the power sent in a direction, as a multiple of an all-round antenna's.

    The pattern divided by its mean over the circle, so that a narrow beam is not stronger in sum
    than a wide one.

    Args:
        offset: degrees off the azimuth, 0 to 180; NaN (no azimuth) is all-round.
        spread: standard deviation of the main lobe, degrees, one or for each offset; by default
            that of the 65 degree beam. Far above 180 the antenna is all-round.
        limit_db: attenuation at which the side and back lobes stay.

    Returns:
        1 for an all-round antenna; about 5.1 in the middle of a 65 degree beam.
    """
    width = np.asarray(spread_deg() if spread is None else spread, np.float64)
    floor = 10.0 ** (-limit_db / 10.0)
    pattern = np.maximum(np.exp(-0.5 * (offset / width) ** 2), floor)
    # mean over the circle: the lobe up to where it meets the floor, and the floor beyond
    edge = np.minimum(180.0, width * np.sqrt(-2.0 * np.log(floor)))
    lobe = width * np.sqrt(2.0 * np.pi) * erf(edge / (width * np.sqrt(2.0)))
    mean = (lobe + 2.0 * (180.0 - edge) * floor) / 360.0
    return np.where(np.isnan(offset), 1.0, pattern / mean)


def overlap(offset: Array) -> Array:
    """How much of one 65 degree beam falls into another one, ``offset`` degrees apart, from 0 to 1.

    Two equal Gaussians that far apart share exp(-offset^2 / 4 sd^2), the square root of the
    pattern; the limit is halved (in dB) with it. NaN, an all-round antenna, shares everything.
    """
    shared = np.exp(-0.25 * (offset / spread_deg()) ** 2)
    return np.where(np.isnan(offset), 1.0, np.maximum(shared, 10.0 ** (-LIMIT_DB / 20.0)))
