"""Models of fields that change in time."""

from weightloom.errors import InputError
from weightloom.fields.models.base import FieldModel as FieldModel, Frame as Frame, Observed as Observed
from weightloom.fields.models.continuous_pod import ContinuousPOD as ContinuousPOD
from weightloom.fields.models.dino import DINo as DINo
from weightloom.fields.models.grid_pod import GridPOD as GridPOD
from weightloom.fields.models.hypernetwork_in_time import HypernetworkInTime as HypernetworkInTime
from weightloom.fields.models.mean_field import MeanField as MeanField
from weightloom.fields.models.persistence import Persistence as Persistence

MODELS: dict[str, type[FieldModel]] = {
    model.name: model for model in (DINo, ContinuousPOD, HypernetworkInTime, GridPOD, Persistence, MeanField)
}


def find_model(name: str) -> type[FieldModel]:
    """The model of this name.

    Raises:
        InputError: if there is none.
    """
    if name not in MODELS:
        raise InputError(f"model {name!r} is unknown: use one of {', '.join(MODELS)}.")
    return MODELS[name]
