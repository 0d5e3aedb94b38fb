"""A run in memory (placeholder until the storage branch lands)."""


class MemoryRun:
    """A run in memory."""
