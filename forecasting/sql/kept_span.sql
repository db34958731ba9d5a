-- From when on and until when hours are kept.
SELECT min(hours_from) AS since, max(hours_until) AS until FROM kept_weeks
