"""What a fields run's config must say, beyond what every run's does."""

import dataclasses
import json

import pytest

from tests.training.test_config import assert_refused
from weightloom._settings import with_settings
from weightloom.fields.config import FieldsConfig
from weightloom.fields.models import MODELS, ContinuousPOD

ENTRIES = {
    "model": "continuous-pod",
    "settings": {"modes": 3, "quadratic": 0, "period": [1.0, 1.0]},
    "fingerprint": "0" * 64,
    "channels": ("height",),
    "mean": (0.5,),
    "std": (2.0,),
    "trajectories": 4,
    "frames": 10,
    "points": 64,
    "dimensions": 2,
    "validation": 1,
    "seeds": (0,),
    "steps": 1,
}


def config(**changes):
    return FieldsConfig(**(ENTRIES | changes))


def test_json_keeps_every_entry_and_the_model_is_the_described_one():
    kept = FieldsConfig.from_dict(json.loads(json.dumps(config().to_dict())), "config.json")
    assert kept.described_model == ContinuousPOD(modes=3, quadratic=0, period=(1.0, 1.0))
    assert kept.to_dict() == config().to_dict()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"observed": 0.0}, "observed 0.0 cannot be used: give a number above 0 and at most 1."),
        ({"observed": 1.5}, "observed 1.5 cannot be used: give a number above 0 and at most 1."),
        ({"observed": float("nan")}, "observed nan cannot be used: give a number above 0 and at most 1."),
        ({"in_frames": 0}, "in_frames 0 cannot be used: give a whole number of at least 1."),
        ({"test": -1}, "test -1 cannot be used"),
        ({"validation": -1}, "validation -1 cannot be used"),
        ({"mask_key": -1}, "mask_key -1 cannot be used"),
        ({"std": (0.0,)}, "do not match channels"),
        ({"mean": (0.0, 1.0)}, "do not match channels"),
        ({"mean": (float("inf"),)}, r"mean \(inf,\) cannot be used: give a tuple of finite numbers"),
        ({"model": "magic"}, "'magic' is unknown"),
        ({"settings": {"moods": 3}}, "not valid settings of continuous-pod"),
        ({"settings": {"modes": 0}}, "modes 0 cannot be used: give a whole number of at least 1"),
        ({"seeds": (0, 0)}, "contain duplicates"),
    ],
    ids=str,
)
def test_an_entry_that_cannot_be_used_gets_its_sentence(changes, sentence):
    assert_refused(lambda make: make(FieldsConfig, ENTRIES | changes), sentence)


@pytest.mark.parametrize("kind", MODELS.values(), ids=MODELS)
def test_a_setting_keeps_its_former_name_for_one_release(kind):
    for former, name in kind.former_names.items():
        with pytest.warns(DeprecationWarning, match=f"^{former} is deprecated: use {name}"):
            made = kind(**{former: 0.123})
        assert getattr(made, name) == 0.123
        stored = config(model=kind.name, settings={former: 0.123})
        assert (stored.settings, stored.described_model) == ({name: 0.123}, made)
        assert with_settings(kind(), kind.name, [f"{former}=0.123"]) == made


def test_learning_rates_are_spelled_alike():
    for kind in MODELS.values():
        names = [field.name for field in dataclasses.fields(kind)]
        assert [name for name in names if "rate" in name] == [name for name in names if name.endswith("learning_rate")]
