"""Discovery: families of networks over β, the algorithms they run, and what is known of both."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
