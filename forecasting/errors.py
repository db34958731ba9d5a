"""The exception tree of the forecasting package."""


class ForecastingError(Exception):
    """A forecast that cannot be made; the message says why and what to do."""


class NotEnoughHistoryError(ForecastingError):
    """Too little history is known at the origin to train or to score."""


class PolicyError(ForecastingError):
    """The colour policy file cannot be used; the message names the file and the key."""


class ModelError(ForecastingError):
    """A stored model is missing, damaged or does not fit; it is not used."""
