"""The hyperlayers of a hypernetwork as numbers: what the figure of its architecture draws."""

from typing import NamedTuple

from weightloom.hypernetworks import AttentionalHypernetwork
from weightloom.hypernetworks.attentional.hypernetwork import HEAD, LEARNED, NOISE, SWISH
from weightloom.hypernetworks.attentional.positional_encoding import WIDTH


class Hyperlayer(NamedTuple):
    """One hyperlayer: the widths of its linear map and of the blocks that it passes on, by side."""

    features: int
    emitted: int
    encoder: dict[str, int]
    decoder: dict[str, int]


def hyperlayers(hypernetwork: AttentionalHypernetwork) -> list[Hyperlayer]:
    """The widths of every hyperlayer, from its arrays' shapes.

    Args:
        hypernetwork: the hypernetwork, or one whose arrays are shapes only.

    Returns:
        One entry per hyperlayer; blocks by name, numbered from the channel outwards. The last
        hyperlayer's encoder side is read by nothing but its channel.

    Examples:
        >>> import jax, weightloom as wl
        >>> hypernetwork = wl.AttentionalHypernetwork(wl.MLP((2, 3, 1)), key=jax.random.key(0), channel=3)
        >>> [layer.features for layer in hyperlayers(hypernetwork)], hyperlayers(hypernetwork)[0].encoder["channel"]
        ([0, 67, 67, 67], 3)
    """
    channel = {"channel": hypernetwork.channel}
    both = channel | {"swish": SWISH, "attention": 2 * HEAD, "noise": NOISE}
    both |= {"PE(i)": WIDTH, "PE(j)": WIDTH, "PE(ℓ)": WIDTH}
    found = []
    for index, linear in enumerate(hypernetwork.hyperlayers):
        remembers = index < hypernetwork.learned.shape[0]
        emitted, features = linear.weight.shape
        encoder = both | {"learned": LEARNED} if remembers else channel
        found.append(Hyperlayer(features, emitted, encoder, both | {"learned": LEARNED}))
    return found
