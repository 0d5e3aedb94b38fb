import jax
import pytest
from matplotlib.patches import Rectangle

import weightloom as wl
from weightloom.discovery.plots import draw_architecture, plot_architecture
from weightloom.discovery.plots.architecture import FEATURE
from weightloom.discovery.plots.hyperlayers import hyperlayers
from weightloom.errors import InputError
from weightloom.hypernetworks.attentional.hypernetwork import EMITTED, FEATURES


def attentional(sizes=(2, 3, 1), **options):
    return wl.AttentionalHypernetwork(wl.MLP(sizes), key=jax.random.key(0), **options)


def texts(axes):
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("options", [{}, {"hyperdepth": 1}, {"hyperdepth": 2, "channel": 7}], ids=str)
def test_the_blocks_of_each_side_are_what_the_next_linear_map_reads(options):
    hypernetwork = attentional(**options)
    layers = hyperlayers(hypernetwork)
    channel = options.get("channel", 4)
    reads = [linear.weight.shape[1] for linear in (*hypernetwork.hyperlayers[1:], hypernetwork.readout)]
    assert [sum(layer.decoder.values()) for layer in layers] == reads == [FEATURES + channel] * len(layers)
    assert [layer.encoder for layer in layers[:-1]] == [layer.decoder for layer in layers[:-1]]
    assert layers[-1].encoder == {"channel": channel}
    assert {layer.emitted for layer in layers} == {EMITTED + 2 * channel}


@pytest.mark.parametrize("hyperdepth", [1, 2, 6])
@pytest.mark.parametrize("channel", [1, 9])
def test_depth_and_channel_change_the_picture(hyperdepth, channel):
    axes = plot_architecture(attentional(hyperdepth=hyperdepth, channel=channel)).axes[0]
    names = [text for text in texts(axes) if text.startswith("hyperlayer")]
    assert names == [f"hyperlayer {k}" for k in range(1, hyperdepth + 1)]
    assert texts(axes).count("KL(q ‖ p)") == hyperdepth
    assert texts(axes).count(f"channel {channel}") == 2 * hyperdepth
    blocks = {patch.get_gid(): patch for patch in axes.patches if isinstance(patch, Rectangle)}
    assert blocks["encoder channel"].get_height() == pytest.approx(FEATURE * channel)
    assert ("encoder learned" in blocks) == (hyperdepth > 1)  # the last hyperlayer's encoder has none
    assert f"linear\n{FEATURES + channel} → 2" in texts(axes)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(2, 3, 1), (5, 30, 7, 2), (3, 1)], ids=str)
def test_the_target_is_drawn_with_its_widths(sizes):
    axes = plot_architecture(attentional(sizes)).axes[0]
    edges = sum(a * b for a, b in zip(sizes, sizes[1:]))
    assert set(map(str, sizes)) <= set(texts(axes))
    assert f"{edges} weights: edges of the graph" in texts(axes)


def test_a_hyperhypernetwork_is_drawn_with_its_own_widths():
    template = attentional(hyperdepth=2)
    pareto = wl.ParetoHypernetwork(template, key=jax.random.key(1))
    axes = plot_architecture(pareto).axes[0]
    hyperweights = sum(leaf.size for leaf in jax.tree.leaves(template))
    assert {"log β", "100\nswish", "10\nswish", f"a, b\n{hyperweights:,} each"} <= set(texts(axes))
    assert "log β" not in texts(plot_architecture(template).axes[0])


def test_everything_lies_within_the_figure():
    pareto = wl.ParetoHypernetwork(attentional(hyperdepth=2), key=jax.random.key(1))
    axes = plot_architecture(pareto).axes[0]
    figure = axes.get_figure()
    figure.canvas.draw()
    frame = figure.bbox
    for artist in (*axes.texts, *axes.patches):
        box = artist.get_window_extent()
        assert frame.x0 <= box.x0 <= box.x1 <= frame.x1, artist
        assert frame.y0 <= box.y0 <= box.y1 <= frame.y1, artist


def test_the_same_architecture_gives_the_same_bytes(tmp_path):
    pareto = wl.ParetoHypernetwork(attentional(), key=jax.random.key(1))
    one, other = (draw_architecture(pareto, tmp_path / f"{name}.svg").read_bytes() for name in "ab")
    assert one == other


def test_another_kind_of_hypernetwork_is_refused():
    class Other(wl.Hypernetwork):
        def __call__(self, condition, key, *, target=None, encoder=True):
            raise NotImplementedError

    with pytest.raises(InputError, match="a Other cannot be drawn: give an AttentionalHypernetwork"):
        plot_architecture(Other())
