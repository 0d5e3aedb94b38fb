"""Classification: which algorithm a network runs to compute the L1 norm, from its weights and function."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
