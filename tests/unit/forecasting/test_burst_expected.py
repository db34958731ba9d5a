"""The expectation of every disc and window, unit by unit and ticket by ticket."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.bursts.chance import Chance
from forecasting.bursts.ground import Ground
from forecasting.bursts.learned import Learned, learn
from forecasting.bursts.rates import FADING_H
from forecasting.bursts.replay import Levels, scan_week
from forecasting.bursts.rhythm import LocalHours, Rhythm
from forecasting.bursts.settings import BurstSettings
from forecasting.errors import NotEnoughHistoryError
from tests.support.burst_ground import MONDAY, pieces, usual, zones

SETTINGS = BurstSettings(windows_h=(6, 24), min_tickets=3, simulated_tickets=1000)
WEIGHTS = np.array([0.5, 0.2, 0.1, 0.3])


def ground(rows, until=MONDAY + 100):
    hours = LocalHours.between(MONDAY - 2000, until, "Asia/Shanghai")
    return Ground(pieces(rows), zones(), hours, SETTINGS)


def test_against_a_sum_over_units_tickets_and_hours():
    rows = usual(len(zones().units), MONDAY + 40, 30, 1.0, seed=9)
    here = ground(rows)
    made, rng = here.zones, np.random.default_rng(1)
    rhythm = Rhythm(rng.uniform(0.2, 1.8, 24), np.array([0.0, 3.0]))  # evenly within three hours
    levels = rng.uniform(1, 5, (8, len(made.regions)))
    first_day = int(here.hours.days(np.array([MONDAY]))[0]) - 2
    learned = Learned(rhythm, levels[:7], WEIGHTS, 0.0, Chance(1, np.empty(0), np.empty(0)))
    moments = np.array([MONDAY + 37.0, MONDAY + 38.0])
    scanned = scan_week(here, moments, learned, Levels(levels, first_day))
    assert len(scanned.expected) > 20

    def span(moment, window, region=None):
        """Hours of usual complaining recorded by the moment, times the region's level."""
        total = 0.0
        for back in range(window):
            instant = moment - back - 0.5
            local = (int(np.floor(instant)) + 8) % 24
            day = int((instant + 8) // 24) - first_day
            level = 1.0 if region is None else levels[day, region] / 24
            total += rhythm.profile[local] * min((back + 0.5) / 3.0, 1.0) * level
        return total

    def memory(moment, unit=None):
        return [
            sum(
                np.exp((recorded - moment) / fading) / fading
                for u, _, recorded in rows
                if recorded <= moment and unit in (None, u)
            )
            for fading in FADING_H
        ]

    subscribers = [made.subscribers[made.region == r].sum() for r in range(len(made.regions))]
    for at in range(0, len(scanned.expected), 7):
        moment = moments[scanned.found.moment[at]]
        window = SETTINGS.windows_h[scanned.found.window[at]]
        before, plain = moment - window, span(moment, window)
        own = 0.0
        for unit in made.members(scanned.found.disc[at]):
            region = made.region[unit]
            share = made.subscribers[unit] / subscribers[region]
            own += WEIGHTS[0] * share * span(moment, window, region)
            own += WEIGHTS[1:] @ memory(before, unit) * plain
        city = sum(
            WEIGHTS[0] * span(moment, window, region)
            for region in range(len(made.regions))
            if subscribers[region] > 0
        )
        city += WEIGHTS[1:] @ memory(before) * plain
        came = sum(1 for _, created, known in rows if created > before and known <= moment)
        swell = max(1.0, (came - scanned.found.tickets[at] + 10) / (city - own + 10))
        assert scanned.expected[at] == pytest.approx(own * swell, rel=1e-9)


def test_learning_needs_a_week_and_thirty_tickets():
    few = [(0, MONDAY - 24.0 * 20 + i, MONDAY - 24.0 * 20 + i) for i in range(29)]
    with pytest.raises(NotEnoughHistoryError, match="29 tickets"):
        learn(ground(few), MONDAY, None)
    young = [(0, MONDAY - 100.0 + i, MONDAY - 100.0 + i) for i in range(60)]
    with pytest.raises(NotEnoughHistoryError, match="60 tickets"):
        learn(ground(young), MONDAY, None)


def test_what_is_learnt_at_an_anchor_knows_nothing_later():
    rows = usual(len(zones().units), MONDAY + 40, 40, 1.0, seed=2)
    one = learn(ground(rows), MONDAY, None)
    other = learn(ground([row for row in rows if row[2] <= MONDAY]), MONDAY, None)
    assert np.array_equal(one.weights, other.weights)
    assert np.array_equal(one.levels, other.levels)
    assert one.spread == other.spread
    assert np.array_equal(one.chance.peaks, other.chance.peaks)


def test_levels_and_weights_give_what_usually_comes():
    units = len(zones().units)
    learned = learn(ground(usual(units, MONDAY, 60, 2.0, seed=3)), MONDAY, None)
    assert learned.levels.sum(axis=1) == pytest.approx(np.full(7, 2.0 * units), rel=0.25)
    assert learned.weights.sum() == pytest.approx(1.0, abs=0.1)
    assert learned.spread < 0.2
