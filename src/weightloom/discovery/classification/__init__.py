"""Classification of the algorithm by which a network computes the L1 norm."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
