"""Every field model at its smallest, for tests that run over all of them."""

from weightloom.fields import ContinuousPOD, DINo, GridPOD, HypernetworkInTime
from weightloom.fields.models import MODELS

TINY = {name: model() for name, model in MODELS.items()} | {
    "continuous-pod": ContinuousPOD(modes=2, quadratic=0, waves=6),
    "grid-pod": GridPOD(modes=2, quadratic=0),
    "dino": DINo(code=2, decoder_width=4, decoder_layers=1, dynamics=(4,), points=8, trajectories=2),
    "hypernetwork-in-time": HypernetworkInTime(widths=(4,), features=3, code=2, points=8, fit_steps=2),
}
