"""Version of the installed package."""

import importlib.metadata

__version__ = importlib.metadata.version("weightloom")
"""Version of the installed package."""
