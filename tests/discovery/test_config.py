"""A run's config: its defaults, its way to JSON and back, and one sentence for each entry that cannot be used."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from weightloom.architectures import ACTIVATIONS, MLP
from weightloom.discovery.config import Config, configure
from weightloom.discovery.tasks import TASKS, Task
from weightloom.errors import InputError, RunError
from weightloom.hypernetworks import AttentionalHypernetwork
from weightloom.training import measured_steps

FILE = "runs/l1/config.json"


def config_of(sizes=(4, 12, 1), task=TASKS["l1"], **options):
    return configure(task, MLP(sizes), **({"seeds": 2, "steps": 1000} | options))


def through_json(config):
    return json.loads(json.dumps(config.to_dict(), allow_nan=False))


def positive(low, high):
    return st.floats(low, high, allow_nan=False)


entries = st.fixed_dictionaries(
    {
        "task": st.text(max_size=9),
        "source": st.none() | st.text(max_size=9),
        "sizes": st.lists(st.integers(1, 99), min_size=1, max_size=3).map(lambda hidden: (*hidden, 1)),
        "activation": st.sampled_from(list(ACTIVATIONS)),
        "seeds": st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4, unique=True).map(tuple),
        "steps": st.integers(1, 10**8 - 1),
        "standardisation": st.tuples(positive(-1e9, 1e9), positive(1e-9, 1e9)),
        "warmup": st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)).map(sorted).map(tuple),
        "beta_range": st.lists(positive(1e-30, 1e30), min_size=2, max_size=2, unique=True).map(sorted).map(tuple),
        "learning_rate": positive(1e-12, 1e12),
        "measured_betas": st.integers(2, 100),
        "betas_per_step": st.integers(1, 9),
        "batch": st.integers(1, 10**6),
        "schedule": st.sampled_from(["constant", "cosine"]),
        "clip": st.none() | positive(1e-9, 1e9),
        "hyperdepth": st.integers(1, 9),
        "channel": st.integers(1, 9),
        "shared_noise": st.booleans(),
        "learned_std": positive(0, 1e3),
        "noise_scale": positive(0, 1e3),
        "channel_std": positive(0.01, 10),
        "scaling": st.sampled_from(["fan-in", "none"]),
        "checkpoints": st.integers(1, 99),
        "spacing": st.sampled_from(["log", "linear"]),
        "regime": st.sampled_from(["warmup", "literal"]),
        "keep": st.sampled_from(["last", "all"]),
        "method": st.sampled_from(["hypernetwork", "adam"]),
    }
)


@given(entries)
@settings(max_examples=60, deadline=None)
def test_json_keeps_every_entry(entries):
    config = Config(**entries)
    assert Config.from_dict(through_json(config), FILE) == config
    assert config.betas.tolist() == sorted(config.betas.tolist())
    assert config.measured_steps[-1] == config.steps


@pytest.mark.parametrize("name", ["task", "standardisation"])
def test_a_missing_entry_is_named(name):
    entries = through_json(config_of())
    del entries[name]
    with pytest.raises(RunError, match=f"^{FILE}: {name} was not given"):
        Config.from_dict(entries, FILE)


def test_an_unknown_entry_is_named():
    with pytest.raises(RunError, match=f"^{FILE}: 'temperature' is no entry of Config"):
        Config.from_dict(through_json(config_of()) | {"temperature": 1}, FILE)


def test_the_option_of_another_name_is_told_its_entry():
    with pytest.raises(InputError, match=r"^'betas' is no entry of Config: it is called 'measured_betas'"):
        config_of(betas=3)


UNUSABLE = [
    ({"sizes": [4]}, r"sizes \(4,\) cannot be used"),
    ({"sizes": [4, 0, 1]}, r"sizes \(4, 0, 1\) cannot be used"),
    ({"sizes": [4, 12, 2]}, r"sizes \(4, 12, 2\) end in 2: the task has 1 output"),
    ({"activation": "elu"}, "activation 'elu' is unknown: use one of swish"),
    ({"seeds": []}, "no seed was given"),
    ({"seeds": [3, 3]}, r"seeds \(3, 3\) contain duplicates"),
    ({"seeds": [-1]}, r"seeds \(-1,\) cannot be used: give whole numbers from 0"),
    ({"seeds": [2**32]}, r"seeds \(4294967296,\) cannot be used"),
    ({"steps": 0}, "steps 0 cannot be used: give a whole number from 1 to 99999999"),
    ({"steps": -5}, "steps -5 cannot be used"),
    ({"steps": 10**8}, "steps 100000000 cannot be used: give a whole number from 1 to 99999999"),
    ({"regime": "cold"}, "regime 'cold' is unknown: use warmup or literal"),
    ({"beta_range": [0.0, 1.0]}, "β from 0 to 1 cannot be used: give 0 < lowest < highest"),
    ({"beta_range": [-1.0, 1.0]}, "β from -1 to 1 cannot be used"),
    ({"beta_range": [1.0, 1.0]}, "β from 1 to 1 cannot be used"),
    ({"beta_range": [1.0, 0.1]}, "β from 1 to 0.1 cannot be used"),
    ({"beta_range": [1.0, math.inf]}, "β from 1 to inf cannot be used"),
    ({"beta_range": [math.nan, 1.0]}, "β from nan to 1 cannot be used"),
    ({"measured_betas": 1}, "measured_betas 1 cannot be used: give a whole number of at least 2"),
    ({"betas_per_step": 0}, "betas_per_step 0 cannot be used"),
    ({"learning_rate": 0.0}, "learning_rate 0.0 cannot be used: give a positive number"),
    ({"learning_rate": -1.0}, "learning_rate -1.0 cannot be used: give a positive number"),
    ({"learning_rate": math.inf}, "learning_rate inf cannot be used: give a positive number"),
    ({"learning_rate": math.nan}, "learning_rate nan cannot be used: give a positive number"),
    ({"batch": 0}, "batch 0 cannot be used"),
    ({"hyperdepth": 0}, "hyperdepth 0 cannot be used"),
    ({"channel": 0}, "channel 0 cannot be used"),
    ({"learned_std": -1.0}, "learned_std -1.0 cannot be used"),
    ({"learned_std": math.inf}, "learned_std inf cannot be used"),
    ({"noise_scale": -1.0}, "noise_scale -1.0 cannot be used"),
    ({"channel_std": 0.001}, "channel_std 0.001 cannot be used: give a number of at least 0.01 and at most 10"),
    ({"scaling": "fanin"}, "scaling 'fanin' is unknown: use fan-in or none"),
    ({"ends": [1000]}, "ends \\(1000,\\) cannot be used: give increasing steps between 0 and 1000"),
    ({"clip": 0.0}, "clip 0.0 cannot be used: give a positive number"),
    ({"schedule": "linear"}, "schedule 'linear' is unknown: use constant or cosine"),
    ({"warmup": [5, 2]}, "warm-up from step 5 to 2 cannot be used"),
    ({"warmup": [-1, 2]}, "warm-up from step -1 to 2 cannot be used"),
    ({"keep": "some"}, "keep 'some' is unknown: use last or all"),
    ({"checkpoints": 0}, "checkpoints 0 cannot be used: give a whole number of at least 1"),
    ({"spacing": "cubic"}, "spacing 'cubic' is unknown: use log or linear"),
]


@pytest.mark.parametrize(("change", "sentence"), UNUSABLE, ids=str)
def test_an_entry_that_cannot_be_used_is_named_with_its_file(change, sentence):
    with pytest.raises(RunError, match=f"^{FILE}: {sentence}"):
        Config.from_dict(through_json(config_of()) | change, FILE)


@pytest.mark.parametrize(("change", "sentence"), UNUSABLE, ids=str)
def test_an_argument_that_cannot_be_used_is_named(change, sentence):
    options = {name: tuple(value) if isinstance(value, list) else value for name, value in change.items()}
    sizes = options.pop("sizes", (4, 12, 1))
    activation = options.pop("activation", "swish")
    with pytest.raises(InputError, match=f"^{sentence}"):
        configure(TASKS["l1"], MLP(sizes, activation), **({"seeds": 2, "steps": 1000} | options))


@pytest.mark.parametrize(
    ("sizes", "options", "rate"),
    [
        ((4, 12, 1), {}, 1e-3),
        ((16, 48, 1), {}, 5e-4),
        ((16, 48, 1), {"regime": "literal"}, 2e-4),
        ((4, 12, 1), {"regime": "literal"}, 1e-3),
        ((16, 48, 1), {"method": "adam"}, 1e-3),
        ((16, 48, 1), {"learning_rate": 0.5}, 0.5),
        ((4, 40, 1), {}, 1e-3),  # 200 edges
        ((4, 41, 1), {}, 5e-4),  # 205 edges
    ],
)
def test_hypernetworks_of_large_targets_take_a_smaller_learning_rate(sizes, options, rate):
    assert config_of(sizes, **options).learning_rate == rate


STARTING = ("noise_scale", "channel_std", "scaling")
QUIET, FORMER = (0.1, 0.036, "fan-in"), (1.0, 0.14960679, "none")


def start_of(config):
    return tuple(getattr(config, name) for name in STARTING)


@pytest.mark.parametrize(
    ("sizes", "options", "start"),
    [
        ((4, 12, 1), {}, QUIET),
        ((4, 40, 1), {}, QUIET),  # 200 edges
        ((4, 41, 1), {}, FORMER),  # 205 edges
        ((4, 12, 1), {"regime": "literal"}, FORMER),
        ((4, 12, 1), {"scaling": "none"}, (0.1, 0.036, "none")),
    ],
)
def test_small_networks_in_warmup_start_quietly(sizes, options, start):
    assert start_of(config_of(sizes, **options)) == start


def test_an_older_run_has_the_start_that_it_was_written_with():
    older = {name: value for name, value in through_json(config_of()).items() if name not in STARTING}
    assert start_of(Config.from_dict(older, FILE)) == FORMER


def test_the_warm_up_lasts_from_a_tenth_to_seven_twentieths():
    assert config_of(steps=20_000).warmup == (2_000, 7_000)
    assert config_of(steps=20_000, warmup=(0, 0)).warmup == (0, 0)
    assert config_of(steps=1).warmup == (0, 0)


def test_seeds_are_counted_from_zero_unless_they_are_listed():
    assert config_of(seeds=3).seeds == (0, 1, 2)
    assert config_of(seeds=(5, 2)).seeds == (5, 2)


def test_measured_betas_span_their_range_with_one_factor():
    betas = config_of(beta_range=(1e-9, 1e-3), measured_betas=7).betas
    assert (betas[0], betas[-1]) == (1e-9, 1e-3)
    np.testing.assert_allclose(betas[1:] / betas[:-1], 10)
    assert config_of(method="adam").betas.tolist() == [0]


def test_measured_steps_are_those_of_the_schedule():
    config = config_of(steps=500, checkpoints=4, spacing="linear")
    assert config.measured_steps == measured_steps(500, 4, "linear") == (125, 250, 375, 500)


def test_the_config_tells_a_function_from_another_of_the_same_name():
    one, other = (Task("mine", lambda x, k=k: (x**k).sum(axis=1)) for k in (2, 4))
    assert config_of(task=one).standardisation == one.standardisation(4)
    assert config_of(task=one) == config_of(task=one)
    assert config_of(task=one) != config_of(task=other)


def test_the_architecture_is_the_given_one():
    assert configure(TASKS["l1"], MLP((3, 5, 2, 1), "relu"), seeds=1, steps=9).architecture == MLP((3, 5, 2, 1), "relu")


def test_every_activation_is_accepted():
    for activation in ACTIVATIONS:
        configure(TASKS["l1"], MLP((4, 3, 1), activation), seeds=1, steps=9)


def test_an_entry_keeps_its_former_name_for_one_release():
    with pytest.warns(DeprecationWarning, match="^learned_deviation is deprecated: use learned_std"):
        assert config_of(learned_deviation=2.0) == config_of(learned_std=2.0)
    with pytest.warns(DeprecationWarning, match="^learned_deviation is deprecated: use learned_std"):
        old = AttentionalHypernetwork(MLP((2, 3, 1)), learned_deviation=2.0, key=0)
    np.testing.assert_array_equal(old.learned, AttentionalHypernetwork(MLP((2, 3, 1)), learned_std=2.0, key=0).learned)
