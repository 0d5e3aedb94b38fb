from ._reconstruct import reconstruct as reconstruct
from .learning import learn_prior as learn_prior
from .prior import FieldPrior as FieldPrior
from .sensors import place_sensors as place_sensors
