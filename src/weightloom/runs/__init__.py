"""Storage of runs on disk and in memory, and export of networks. This package does not depend on any application."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
