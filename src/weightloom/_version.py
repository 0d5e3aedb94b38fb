"""The version of the package that is installed."""

import importlib.metadata

__version__ = importlib.metadata.version("weightloom")
"""The version of the package that is installed."""
