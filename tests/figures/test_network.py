import os
import subprocess
import sys
import types
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from weightloom.errors import InputError
from weightloom.figures import draw
from weightloom.figures.style import HIDDEN, INPUT, NEGATIVE, OUTPUT, POSITIVE

SVG = "{http://www.w3.org/2000/svg}"


def style(element):
    return dict(entry.split(": ") for entry in element.get("style").split("; "))


@pytest.fixture
def picture(network, tmp_path):
    """Groups of the drawing by name: "weights", "inputs", "hidden", "outputs"."""
    tree = ElementTree.parse(draw(network, tmp_path / "net.svg", layout="layered"))
    return {group.get("id"): group for group in tree.iter(f"{SVG}g")}


def lines(picture):
    return [style(path) for path in picture["weights"].iter(f"{SVG}path")]


@pytest.mark.parametrize(
    ("group", "number", "colour"), [("inputs", 3, INPUT), ("hidden", 4, HIDDEN), ("outputs", 1, OUTPUT)]
)
def test_neurons_have_the_colours_of_their_layers(picture, group, number, colour):
    dots = list(picture[group].iter(f"{SVG}use"))
    assert [style(dot)["fill"] for dot in dots] == [colour] * number


def test_every_visible_weight_is_a_line_of_its_sign(picture):
    hues = [line["stroke"] for line in lines(picture)]
    assert hues.count(POSITIVE) == 6 + 3
    assert hues.count(NEGATIVE) == 4 + 1
    assert len(hues) == 14  # of 16: one weight is zero, one below 1/250 of the strongest


def test_strong_lines_are_wide_opaque_and_on_top(picture):
    widths = [float(line["stroke-width"]) for line in lines(picture)]
    opacities = [float(line["stroke-opacity"]) for line in lines(picture)]
    assert widths == sorted(widths)
    assert opacities == sorted(opacities)
    assert 0.0 < opacities[0] < 0.15
    assert opacities[-1] > 0.85
    assert widths[-1] > 5 * widths[0]


def test_the_strongest_weights_of_every_layer_look_alike(picture):
    strongest = [line for line in lines(picture) if float(line["stroke-opacity"]) > 0.85]
    assert len(strongest) == 2 + 1  # ±3 in the first layer, −2 in the second


@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e6, 1e30])
@pytest.mark.parametrize("layout", ["force-directed", "layered"])
def test_any_scale_of_weights_can_be_drawn(network, tmp_path, scale, layout):
    scaled = types.SimpleNamespace(parameters=[(scale * w, b) for w, b in network.parameters])
    text = draw(scaled, tmp_path / "net.svg", layout=layout).read_text()
    assert "nan" not in text
    assert text.count(f"stroke: {NEGATIVE}") == (5 if scale else 0)


@pytest.mark.slow
def test_bytes_are_the_same_in_another_process_with_other_settings(network, tmp_path):
    """Another process, with the user's own Matplotlib settings, hash seed and no display."""
    (tmp_path / "matplotlibrc").write_text("font.size: 30\nsavefig.dpi: 20\nfigure.facecolor: red\n")
    program = (
        "import sys, matplotlib\n"
        "from weightloom.figures import draw\n"
        "from tests.plotting import small_network\n"
        "before = matplotlib.rcParams.copy()\n"
        "for path in sys.argv[1:]: draw(small_network(), path, key=5)\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert matplotlib.rcParams.copy() == before\n"
        "assert before['font.size'] == 30\n"
    )
    names = ["net.svg", "net.png", "net.pdf"]
    (tmp_path / "there").mkdir()
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    environment |= {
        "MATPLOTLIBRC": str(tmp_path / "matplotlibrc"),
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    subprocess.run(
        [sys.executable, "-c", program, *(str(tmp_path / "there" / name) for name in names)],
        env=environment,
        check=True,
        timeout=300,
    )
    for name in names:
        here = draw(network, tmp_path / name, key=5).read_bytes()
        assert here == (tmp_path / "there" / name).read_bytes(), name


def test_another_key_gives_another_picture(network, tmp_path):
    one, other = (draw(network, tmp_path / f"{key}.svg", key=key).read_bytes() for key in (0, 1))
    assert one != other


def test_settings_of_matplotlib_stay_as_they_were(network, tmp_path):
    before = matplotlib.rcParams.copy()
    draw(network, tmp_path / "net.png", layout="layered")
    assert matplotlib.rcParams.copy() == before


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"layout": "spiral"}, "'spiral' is unknown: use one of force-directed, layered"),
        ({"key": -1}, "key -1"),
        ({"key": 2**32}, "whole number from 0"),
        ({"key": True}, "key True"),
    ],
)
def test_arguments_that_cannot_be_used_are_named(network, tmp_path, arguments, complaint):
    with pytest.raises(InputError, match=complaint):
        draw(network, tmp_path / "net.svg", **arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "parameters",
    [
        [],
        [(np.ones((2, 3)), np.zeros(3)), (np.ones((2, 1)), np.zeros(1))],
        [(np.array([[np.nan]]), np.zeros(1))],
        [(np.ones(3), np.zeros(3))],
        [np.ones((3, 2, 1))],
        [("weight", "bias")],
        None,
    ],
    ids=["none", "not chained", "not finite", "no matrix", "no pairs", "no numbers", "nothing"],
)
def test_parameters_of_no_network_are_refused_before_anything_is_written(tmp_path, parameters):
    with pytest.raises(InputError):
        draw(types.SimpleNamespace(parameters=parameters), tmp_path / "net.svg")
    assert not list(tmp_path.iterdir())


def test_inputs_and_outputs_that_have_names_are_labelled(network, tmp_path):
    units = types.SimpleNamespace(inputs=("kitchen", "a$b$c", "rooms & halls"), outputs=("price",))
    named = types.SimpleNamespace(parameters=network.parameters, units=units)
    tree = ElementTree.parse(draw(named, tmp_path / "named.svg", layout="layered"))
    drawn = {group.get("id"): len(list(group.iter(f"{SVG}path"))) for group in tree.iter(f"{SVG}g")}
    for name in (*units.inputs, *units.outputs):
        assert drawn[name] == 2  # the letters and their white border
