"""Models of fields that change in time: the table of the members."""

from weightloom._checks import check_choice
from weightloom.fields.models.base import FieldModel
from weightloom.fields.models.continuous_pod import ContinuousPOD
from weightloom.fields.models.dino import DINo
from weightloom.fields.models.grid_pod import GridPOD
from weightloom.fields.models.hypernetwork_in_time import HypernetworkInTime
from weightloom.fields.models.mean_field import MeanField
from weightloom.fields.models.persistence import Persistence

MODELS: dict[str, type[FieldModel]] = {
    model.name: model for model in (DINo, ContinuousPOD, HypernetworkInTime, GridPOD, Persistence, MeanField)
}
"""The models of fields by name."""


def find_model(name: str) -> type[FieldModel]:
    """The model of this name.

    Args:
        name: one of `MODELS`.

    Raises:
        InputError: if there is none.

    Examples:
        >>> find_model("dino").__name__
        'DINo'
    """
    check_choice("model", name, MODELS)
    return MODELS[name]
