"""The table of models of time-dependent fields."""

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
"""Model classes by name."""


def find_model(name: str) -> type[FieldModel]:
    """The model class with a given name.

    Args:
        name: a name in `MODELS`.

    Raises:
        InputError: if the name is unknown.

    Examples:
        >>> find_model("dino").__name__
        'DINo'
    """
    check_choice("model", name, MODELS)
    return MODELS[name]
