"""Names of 0.1 work for one more release, and warn with the new name."""

import numpy as np
import pytest

import weightloom as wl
from weightloom import training
from weightloom.fields import GridPOD, psnr
from weightloom.fields.pdes import Heat

TASK = wl.Task("product", lambda x: x[:, 0] * x[:, 1], min_inputs=2)
NETWORK = wl.MLP((2, 3, 1))

# How a user spells the old name, its value now, and the new name.
FORMER = {
    "Task(least=)": (lambda: wl.Task("product", TASK.function, least=2), TASK, "min_inputs"),
    "Task.least": (lambda: TASK.least, 2, "min_inputs"),
    "training.updated": (lambda: training.updated, training.gradient_step, "gradient_step"),
    "PDE.usual_frames": (lambda: Heat.usual_frames, Heat.default_frames, "default_frames"),
    "PDE().usual_trajectories": (lambda: Heat().usual_trajectories, 96, "default_trajectories"),
    "FieldModel.adapted": (lambda: GridPOD.adapted, GridPOD.with_defaults_from, "with_defaults_from"),
    "MLP.activated": (lambda: NETWORK.activated, NETWORK.activate, "activate"),
    "psnr(found, wanted)": (lambda: psnr(found=np.full((1, 2), 0.1), wanted=np.zeros((1, 2))), 20.0, "approximation"),
}


@pytest.mark.parametrize("name", FORMER)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_former_names(name):
    former, value, new = FORMER[name]
    with pytest.warns(DeprecationWarning, match=f"use (weightloom.training.)?{new}"):
        found = former()
    assert found == (pytest.approx(value) if isinstance(value, float) else value)
