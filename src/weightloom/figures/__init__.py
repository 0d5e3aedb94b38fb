"""What every figure and page uses: style, files, drawings of networks, layouts."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
