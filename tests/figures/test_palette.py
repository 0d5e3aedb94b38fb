from matplotlib.colors import to_rgb
from matplotlib.markers import MarkerStyle
from weightloom.figures.palette import ALGORITHMS


def test_every_label_of_the_classifier_has_a_colour_and_a_marker_of_its_own():
    assert set(ALGORITHMS) == {"convexity", "pudding+", "pudding-", "double-sided", "mixed", "unknown"}
    for look in ("colour", "marker", "name"):
        assert len({getattr(label, look) for label in ALGORITHMS.values()}) == len(ALGORITHMS)
    assert all(MarkerStyle(label.marker).is_filled() for label in ALGORITHMS.values())


def test_hues_are_the_papers():
    red, green, blue = range(3)
    for algorithm, channel in {
        "convexity": red,
        "pudding+": green,
        "pudding-": green,
        "double-sided": blue,
    }.items():
        colour = to_rgb(ALGORITHMS[algorithm].colour)
        assert max(colour) == colour[channel]


def test_neighbours_in_the_phase_diagram_differ_in_lightness():
    lightness = {
        name: sum(share * channel for share, channel in zip((0.2126, 0.7152, 0.0722), to_rgb(label.colour)))
        for name, label in ALGORITHMS.items()
    }
    for one, other in [("convexity", "pudding+"), ("pudding+", "pudding-"), ("pudding+", "double-sided")]:
        assert abs(lightness[one] - lightness[other]) > 0.15
