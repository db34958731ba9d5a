-- From when on hours are kept.
SELECT min(hours_from) AS since FROM kept_weeks
