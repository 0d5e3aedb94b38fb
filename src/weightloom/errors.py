"""The exceptions that weightloom raises deliberately."""


class WeightloomError(Exception):
    """Base class of the exceptions that weightloom raises deliberately. Commands exit with code 2 on it."""


class InputError(WeightloomError, ValueError):
    """An argument is invalid. The message says what was given, what is accepted and what to do."""


class RunError(WeightloomError):
    """A run folder is invalid. The message names the file and the entry at fault."""
