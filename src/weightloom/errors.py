"""The two errors that weightloom raises on purpose, each with one clear sentence."""


class WeightloomError(Exception):
    """Base of every error that weightloom raises on purpose; commands turn it into exit code 2."""


class InputError(WeightloomError, ValueError):
    """An argument cannot be used: says what was given, what is accepted and what to do."""


class RunError(WeightloomError):
    """A run folder cannot be used: names the file and the entry that are wrong."""
