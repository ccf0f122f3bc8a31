"""The small collection, also for the browser."""

from tests.signatures.conftest import agreement, collection, counsel, shared_sheet, stranger, viewer

__all__ = ["agreement", "collection", "counsel", "shared_sheet", "stranger", "viewer"]
