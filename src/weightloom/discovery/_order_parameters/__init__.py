"""The order parameters α₁, α₂ and α₃ (Liao et al. 2023, eqs. 5–7)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
