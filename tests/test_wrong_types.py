"""Arguments of a wrong type end in one sentence, from every public function of the library.

The calls run in a process of its own, as users run them: without the checks of annotations that tests have on.
"""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

PREPARED = """
import json, sys
import equinox as eqx, jax, jax.numpy as jnp, numpy as np
import weightloom as wl
from weightloom import fields
from weightloom.architectures import *
from weightloom.fields import represent, sensor_mask
from weightloom.hypernetworks import *
from weightloom.similarity import *
from weightloom.similarity.scores import HypernetworkTransfer, MutualNeighbours

MODULE = eqx.nn.Linear(2, 2, key=jax.random.key(0))
A = np.random.default_rng(0).standard_normal((40, 3))
TARGET = MLP((2, 3, 1))
X = np.linspace(-1, 1, 8)[:, None]
SHIFT, CODED = Shift(TARGET, width=2, key=0), CodedHypernetwork(TARGET, 3, key=0)
SHARED = SharedHypernetwork({"small": TARGET}, width=2, key=0)
PARETO, ATTENTIONAL = ParetoHypernetwork(SHIFT, key=0), AttentionalHypernetwork(TARGET, key=0)
CONNECTORS = connect({"a": A}, {"b": A}, steps=1, batch=8)
REPRESENTED = represent(np.stack([X, -X]), X, MLP((1, 3, 1)), width=2, steps=1)
calls, same = json.load(sys.stdin)
found = {}
for call in calls:
    try:
        eval(call)
        found[call] = ["nothing", ""]
    except Exception as error:
        found[call] = [type(error).__name__, str(error)]

made = {}
for name, text in same.items():
    function = eval(text)
    three, four = function(3), function(4)
    forms = [function(key) for key in (np.int64(3), jax.random.key(3), jax.random.PRNGKey(3))]
    leaves = lambda tree: [np.asarray(leaf) for leaf in jax.tree.leaves(eqx.filter(tree, eqx.is_array_like))]
    alike = lambda one, two: all(np.array_equal(a, b, equal_nan=True) for a, b in zip(leaves(one), leaves(two)))
    made[name] = [all(alike(three, form) for form in forms), alike(three, four)]
json.dump([found, made], sys.stdout)
"""

SENTENCES = {
    # networks
    "MLP('2,3,1')": "sizes '2,3,1' cannot be used: give two or more whole numbers",
    "MLP(3)": "sizes 3 cannot be used",
    "MLP(None)": "sizes None cannot be used",
    "MLP((2, '3', 1))": "cannot be used: give two or more whole numbers",
    "MLP((2, 3.0, 1))": "cannot be used: give two or more whole numbers",
    "MLP((2, 3), jnp.tanh)": "is unknown: use one of swish",
    "MLP((2, 3), ['relu'])": "is unknown: use one of swish",
    "MLP((2, 3)).initial('0')": "key '0' cannot be used: give a whole number",
    "MLP((2, 3)).initial(jax.random.split(jax.random.key(0)))": "cannot be used: give a whole number",
    "SIREN((2, 3, 1), frequency='30')": "frequency '30' cannot be used: give a positive number",
    "SIREN((2, 3, 1)).initial(1.5)": "key 1.5 cannot be used",
    "FourierNet((2, 4, 1), scale=None)": "scale None cannot be used: give a positive number",
    "GaborNet('241')": "sizes '241' cannot be used: give three or more",
    "GaborNet((2, 4, 1)).initial(None)": "key None cannot be used",
    "FourierFeatures((2, 3, 1), frequencies='4')": "frequencies '4'",
    "FourierFeatures((2, 3, 1), seed=jax.random.key(0))": "cannot be used: give a whole number of at least 0",
    "FourierFeatures((2, 3, 1), activation=3)": "activation 3 is unknown",
    "ModuleNetwork(lambda x: x)": "is not an Equinox module",
    "ModuleNetwork(MODULE, inputs='2')": "inputs '2' cannot be used",
    # hypernetworks
    "Shift((2, 3, 1), width=2, key=0)": "(2, 3, 1) is not an architecture: give one, such as",
    "FiLM(TARGET, width='2', key=0)": "width '2' cannot be used: give a whole number of at least 1",
    "LastLayer(TARGET, width=2, hidden=64, key=0)": "hidden 64",
    "AllWeights(TARGET, width=2, scale='0.3', key=0)": "scale '0.3'",
    "LowRank(TARGET, width=2, rank=2.0, key=0)": "rank 2.0 cannot be used",
    "Shift(TARGET, width=2, key='0')": "key '0' cannot be used: give a whole number",
    "SHIFT(3)": "give shape (2,), and use jax.vmap",
    "SHIFT('ab')": "give shape (2,), and use jax.vmap",
    "SharedHypernetwork([TARGET], width=2, key=0)": "give a dictionary of architectures with their names",
    "SharedHypernetwork({0: TARGET}, width=2, key=0)": "give a dictionary of architectures with their names",
    "SharedHypernetwork({'a': TARGET, 'b': (2, 3, 1)}, width=2, key=0)": "(2, 3, 1) is not an architecture",
    "SHARED(jnp.zeros(2), 0)": "target 0 is unknown: use one of small",
    "SHARED[None]": "target None is unknown: use one of small",
    "CodedHypernetwork(MODULE, 3, key=0)": "is not an architecture",
    "CodedHypernetwork(TARGET, 3.0, key=0)": "conditions 3.0",
    "CodedHypernetwork(TARGET, 3, hidden=8, key=0)": "hidden 8",
    "CodedHypernetwork(TARGET, 3, scale='1', key=0)": "scale '1' cannot be used",
    "CODED('b')": "'b' is no condition",
    "CODED([1.0])": "give the number of a code, or a code of shape (16,)",
    "CODED.sliced(0, (2, 2, 1))": "is not an architecture",
    "AttentionalHypernetwork((2, 3, 1), key=0)": "is not an architecture",
    "AttentionalHypernetwork(FourierNet((2, 4, 1)), key=0)": "does not have one (weight, bias) pair per layer",
    "AttentionalHypernetwork(FourierFeatures((2, 4, 1)), key=0)": "have other shapes than its sizes say",
    "AttentionalHypernetwork(TARGET, hyperdepth='4', key=0)": "hyperdepth '4' cannot be used",
    "AttentionalHypernetwork(TARGET, learned_std='3', key=0)": "learned_std '3' cannot be used",
    "ATTENTIONAL(3.0, 0)": "was given the condition 3.0: it has none, give None",
    "ATTENTIONAL(None, '0')": "key '0' cannot be used",
    "ATTENTIONAL(None, 0, target=(3, 2, 1))": "is not an architecture",
    "ParetoHypernetwork(TARGET, key=0)": "cannot be a template: give a hypernetwork",
    "ParetoHypernetwork(SHIFT, key=None)": "key None cannot be used",
    "ParetoHypernetwork(SHIFT, lowest='0', key=0)": "lowest '0' and highest 0.0 cannot be used",
    "ParetoHypernetwork(SHIFT, losses='2', key=0)": "losses '2' cannot be used: give a whole number of at least 2",
    "sample_preferences(0, 3, losses=2.0)": "losses 2.0 cannot be used",
    "sample_preferences('0', 3, 2)": "key '0' cannot be used",
    "scalarise([1.0, 2.0], [0.5, 0.5], method=3)": "method 3 is unknown",
    "hypervolume('front', 1.0)": "losses 'front'",
    "PARETO(-3.0)": "give shape (2,), and use jax.vmap",
    "PARETO('a')": "'a' cannot be the number of a condition",
    "PARETO.hyperweights('a')": "'a' cannot be the number of a condition: give one number",
    "PARETO.hyperweights(jnp.zeros(2))": "cannot be the number of a condition: give one number",
    "PARETO.hyperweights((0.0, 1.0))": "(0.0, 1.0) cannot be the number of a condition: give one number",
    "PARETO((0.0, 1.0, 2.0))": "a condition of 3 parts cannot be used",
    "time_features(jnp.zeros(2), '3', 1.0)": "width '3' cannot be used: give an odd whole number",
    # similarity
    "compare([A, A])": "features are a list: give a dictionary from names",
    "compare({'a': A, 'b': 'text'})": "b is 'text': give an array with one row per input",
    "compare({'a': A, 'b': [[1.0], [1.0, 2.0]]})": "b is not an array",
    "compare({'a': A, 'b': A}, floors=[A])": "floors are a list",
    "compare({'a': A, 'b': A}, 'labels')": "labels is 'labels': give an array",
    "compare({'a': A, 'b': A}, scores=3)": "score 3 is unknown: use default, all, or some of",
    "compare({'a': A, 'b': A}, scores=[['cka']])": "is unknown: use default, all, or some of",
    "compare({'a': A, 'b': A}, scores={'mine': 'cka'})": "score 'mine' is a str: give a Score",
    "compare({'a': A, 'b': A}, scores='cka', key=0.5)": "key 0.5 cannot be used",
    "compare({'a': A, 'b': A}, scores='cka', nulls='200')": "nulls '200' and seeds 10 cannot be used",
    "score_correlations({'a': A})": "a dict cannot be used: give the table that `compare` returned",
    "read(3)": "3 is not a path",
    "read_labels(None)": "None is not a path",
    "HypernetworkTransfer(steps=1.5)": "steps 1.5 cannot be used: give a whole number of at least 1",
    "HypernetworkTransfer(learning_rate='0.1')": "learning_rate '0.1' cannot be used: give a positive number",
    "HypernetworkTransfer(hidden=64)": "hidden 64 cannot be used: give a tuple",
    "HypernetworkTransfer(codes=None)": "codes None is unknown",
    "MutualNeighbours('10')": "neighbours '10' cannot be used",
    "connect([A], {'b': A})": "sources are a list: give a dictionary",
    "connect({'a': A}, {'b': A}, connector=3)": "connector 3 is unknown: use linear, mlp, or widths",
    "connect({'a': A}, {'b': A}, steps='9')": "'9' steps cannot be used",
    "connect({'a': A}, {'b': A}, steps=1, batch=8, learning_rate=None)": "learning_rate None cannot be used",
    "connect({'a': A}, {'b': A}, trunk=64)": "hidden 64",
    "connect({'a': A}, {'b': A}, key='0')": "key '0' cannot be used",
    "connect_separately({'a': A}, {'b': A}, steps=1, batch=8, temperature='1')": "temperature '1' cannot be used",
    "connect_separately({'a': A}, {'b': A}, key=[0])": "key [0] cannot be used",
    "CONNECTORS.connector(0, 'b')": "source 0 is unknown: use one of a",
    "CONNECTORS.connector('a', 'b')('text')": "a is 'text'",
    "CONNECTORS.fit_code(A, 3)": "target 3 is unknown: use one of b",
    "CONNECTORS.fit_code(A, name=None)": "name None cannot be used",
    "CONNECTORS.fit_code(A, key='0')": "key '0' cannot be used",
    "CONNECTORS.rank_correlation(0.5)": "a float has no ranking",
    # fields
    "fields.heat(2, 2, 8, key='0')": "key '0' cannot be used",
    "fields.heat(2, 2, 8, diffusivity='1')": "diffusivity '1' cannot be used: give a positive number",
    "sensor_mask(fields.heat(2, 2, 8), 0.5, key='0')": "mask_key '0' cannot be used",
    "sensor_mask(fields.heat(2, 2, 8), '0.5')": "the observed share is '0.5'",
    "represent([X], X, (1, 3, 1))": "is not an architecture",
    "represent([X], X, MLP((1, 3, 1)), conditioning=Shift)": "is unknown: use one of all-weights",
    "represent([X], X, MLP((1, 3, 1)), steps='9')": "steps '9'",
    "represent('values', X, MLP((1, 3, 1)))": "are not numerical arrays",
    "represent([X], X, MLP((1, 3, 1)), key='0')": "key '0' cannot be used",
    "REPRESENTED.fit_codes([X], X, steps=None)": "steps None cannot be used: give a whole number of at least 1",
    "REPRESENTED.between(0, 'b', [0.5])": "there is no function 'b'",
}


SAME = {
    "an MLP's start": "lambda key: MLP((2, 3, 1)).initial(key)",
    "a SIREN's start": "lambda key: SIREN((2, 3, 1)).initial(key)",
    "a Fourier network's start": "lambda key: FourierNet((2, 4, 1)).initial(key)",
    "a conditioning": "lambda key: LowRank(TARGET, width=2, key=key)",
    "coded": "lambda key: CodedHypernetwork(TARGET, 3, key=key)",
    "attentional": "lambda key: AttentionalHypernetwork(TARGET, hyperdepth=2, key=key)",
    "generated": "lambda key: ATTENTIONAL(None, key)",
    "pareto": "lambda key: ParetoHypernetwork(SHIFT, key=key)",
    "compare": "lambda key: compare({'a': A, 'b': A**3}, scores=['procrustes'], key=key, nulls=20).to_array().values",
    "connect": "lambda key: connect({'a': A}, {'b': A**3}, steps=1, batch=8, key=key).losses",
    "separately": "lambda key: connect_separately({'a': A}, {'b': A}, steps=1, batch=8, key=key).losses",
    "a code": "lambda key: CONNECTORS.fit_code(A[:, :2], steps=1, key=key).losses",
    "heat": "lambda key: fields.heat(1, 1, 8, key=key).values",
    "sensors": "lambda key: sensor_mask(fields.heat(1, 1, 8), 0.5, key=key)",
    "represented": "lambda key: represent([X], X, MLP((1, 3, 1)), width=2, steps=1, key=key).hypernetwork",
}


@pytest.fixture(scope="module")
def called():
    done = subprocess.run(
        [sys.executable, "-c", PREPARED],
        input=json.dumps([list(SENTENCES), SAME]),
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("call", SENTENCES)
def test_a_wrong_type_is_named_in_one_sentence(called, call):
    kind, message = called[0][call]
    assert kind == "InputError", message
    assert SENTENCES[call] in message
    assert "\n" not in message


@pytest.mark.parametrize("name", SAME)
def test_a_key_is_a_number_or_a_jax_key(called, name):
    """Every form of key 3 gives the same, and key 4 another."""
    assert called[1][name] == [True, False]
