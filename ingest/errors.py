"""The exception tree of the ingest package."""


class IngestError(Exception):
    """Input or storage that cannot be used; the message says what, where, and what to do."""


class FileRefusedError(IngestError):
    """A whole file is refused: unreadable, of no known feed, or without a required column."""


class FileChangedError(FileRefusedError):
    """A file was changed while it was read: it is to be tried again, not set aside."""


class ProfileError(IngestError):
    """A profile that does not exist, has unknown keys, or contradicts the contract of its feed."""


class CatalogueError(IngestError):
    """The KPI catalogue cannot be used."""


class WarehouseError(IngestError):
    """The warehouse is missing, damaged, of a newer version, or held by another process."""


class PoisonedFileError(WarehouseError):
    """Reading a file made the database fail; the file is set aside, the process must start anew."""


class LostDeliveriesError(WarehouseError):
    """The warehouse lacks deliveries that the journal says were committed."""


class DiskFullError(WarehouseError):
    """There is no room for more; files wait in the inbox until there is."""


class QualityError(IngestError):
    """The quality of the data cannot be told; the data themselves are untouched."""
