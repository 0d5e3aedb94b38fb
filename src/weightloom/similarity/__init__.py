"""Similarity of encoders: scores with null distributions and confidence intervals, from features of the same inputs."""

import lazy_loader

from weightloom._deprecated import with_old_names

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = with_old_names(__name__, __getattr__, {"grounding": "score_correlations"})
