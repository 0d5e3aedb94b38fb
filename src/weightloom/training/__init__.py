"""The training loop that all applications share."""

import lazy_loader

from weightloom._deprecated import with_old_names

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = with_old_names(__name__, __getattr__, {"updated": "gradient_step"})
