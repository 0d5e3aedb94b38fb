"""Architectures of generated networks g_θ: frozen descriptions without arrays."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
