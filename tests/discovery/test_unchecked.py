"""Python calls with arguments of other types: the tests' type checker would refuse them before the package does."""

import json
import subprocess
import sys

import pytest

# Each is run in one process without the type checker; what it gives is compared with what it should.
PREAMBLE = """
import json, sys
import jax.numpy as jnp
import numpy as np
import weightloom as wl
from weightloom.discovery.config import configure

def configured(**options):
    return configure(wl.tasks.l1, wl.MLP((2, 3, 1)), **({"seeds": 1, "steps": 10} | options))

def restored(**changes):
    return wl.Config.from_dict(json.loads(json.dumps(configured().to_dict())) | changes, "config.json")

def discovered(**options):
    return wl.discover(wl.tasks.l1, wl.MLP((2, 3, 1)), out=sys.argv[1], **options)

net = wl.Network(wl.MLP((2, 1)), [([[1.0], [2.0]], [0.5])])
"""
ASK = """
answers = {}
for text in json.loads(sys.argv[2]):
    try:
        answers[text] = ["returned", str(eval(text))]
    except Exception as error:
        answers[text] = [type(error).__name__, str(error)]
print(json.dumps(answers))
"""
SIZES = "cannot be used: give two or more whole numbers of at least 1"
REFUSED = {
    "wl.MLP('23')": SIZES,
    "wl.MLP((2.0, 3, 1))": SIZES,
    "wl.MLP((2, 3.5, 1))": SIZES,
    "wl.MLP(('2', '3'))": SIZES,
    "wl.MLP((2, None))": SIZES,
    "configured(steps=2.5)": "steps 2.5 cannot be used: give a whole number",
    "configured(batch=2.5)": "batch 2.5 cannot be used: give a whole number",
    "configured(batch='8')": "batch '8' cannot be used: give a whole number",
    "configured(measured_betas=3.0)": "measured_betas 3.0 cannot be used: give a whole number",
    "configured(betas_per_step=None)": "betas_per_step None cannot be used: give a whole number",
    "configured(hyperdepth=1.5)": "hyperdepth 1.5 cannot be used: give a whole number",
    "configured(checkpoints=2.5)": "checkpoints 2.5 cannot be used: give a whole number",
    "configured(seeds=(0.5,))": "seeds (0.5,) cannot be used: give a tuple of whole numbers",
    "configured(seeds=-1)": "no seed was given",
    "discovered(save_every=0)": "save_every 0 cannot be used",
    "discovered(steps=10, method='sgd')": "method 'sgd' is unknown",
    "net(1.0)": "inputs of shape () do not fit",
    "net([])": "inputs of shape (0,) do not fit",
    "wl.open_run('nowhere/at/all')": "holds no run",
}
DAMAGED = {
    "restored(steps=2.5)": "config.json: steps 2.5 cannot be used",
    "restored(steps='10')": "config.json: steps '10' cannot be used",
    "restored(seeds=[0.5])": "config.json: seeds [0.5] cannot be used",
    "restored(sizes='231')": "config.json: sizes '231' cannot be used",
    "restored(sizes=5)": "config.json: ",
    "restored(beta_range=[1.0])": "config.json: ",
    "restored(beta_range=1.0)": "config.json: ",
    "restored(beta_range=['a', 'b'])": "config.json: ",
    "restored(warmup=[1, 2, 3])": "config.json: ",
    "restored(learning_rate='fast')": "config.json: ",
    "restored(activation=['swish'])": "config.json: ",
    "restored(regime=None)": "config.json: regime None is unknown",
}
RETURNED = {
    "wl.MLP([2, 3, 1])": "MLP(sizes=(2, 3, 1), activation='swish')",
    "configured(steps=np.int64(5)).steps": "5",
    "net([1, 2])": "[5.5]",
    "net([[1, 2], [0, 0]]).ravel().tolist()": "[5.5, 0.5]",
    "net(np.array([1, 2])).tolist()": "[5.5]",
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    out = tmp_path_factory.mktemp("unchecked") / "run"
    asked = [*REFUSED, *DAMAGED, *RETURNED]
    program = [sys.executable, "-c", PREAMBLE + ASK, str(out), json.dumps(asked)]
    given = subprocess.run(program, capture_output=True, text=True, check=True, timeout=300)
    assert given.stderr == ""
    assert not out.exists()
    return json.loads(given.stdout)


@pytest.mark.parametrize("call", REFUSED)
def test_an_argument_of_another_type_gets_one_sentence(answers, call):
    kind, sentence = answers[call]
    assert kind in ("InputError", "RunError")
    assert REFUSED[call] in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("call", DAMAGED)
def test_an_entry_of_another_type_is_an_error_that_names_the_file(answers, call):
    kind, sentence = answers[call]
    assert kind == "RunError"
    assert DAMAGED[call] in sentence


@pytest.mark.parametrize("call", RETURNED)
def test_lists_and_numpys_numbers_are_accepted(answers, call):
    assert answers[call] == ["returned", RETURNED[call]]
