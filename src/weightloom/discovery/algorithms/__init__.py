"""Reference constructions: networks that compute the L1 norm by a known algorithm."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
