"""Which of the files to be loaded are performance files, and what is to be read of them."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.counters.names import counter_names
from ingest.files import Job
from ingest.profiles.performance import is_xml
from ingest.readers.measurements.ahead import Order
from ingest.settings import IngestSettings


def orders_of(jobs: Iterable[Job], settings: IngestSettings) -> list[Order]:
    """The performance files in XML among the jobs, in the same order."""
    orders = []
    for job in jobs:
        table = job.table
        if job.refused or table is None or table.counters is None:
            continue
        if job.path.is_file() and is_xml(job.path):
            names = counter_names(settings.load_formulas(), table.counters)
            orders.append(Order(job.path, table, names.wanted))
    return orders
