from ._table import MODELS as MODELS, find_model as find_model
from .base import FieldModel as FieldModel, Frame as Frame, Observed as Observed
from .continuous_pod import ContinuousPOD as ContinuousPOD
from .dino import DINo as DINo
from .grid_pod import GridPOD as GridPOD
from .hypernetwork_in_time import HypernetworkInTime as HypernetworkInTime
from .mean_field import MeanField as MeanField
from .persistence import Persistence as Persistence
