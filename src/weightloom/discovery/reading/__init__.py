"""Reading: from a network's weights to a program that was executed and compared with the network."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
