"""Atlas: the networks of a run grouped by the programs that they run, without names that were known before."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
