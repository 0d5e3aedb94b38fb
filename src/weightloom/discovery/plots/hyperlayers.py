"""The widths of a hypernetwork's hyperlayers, for the figure of its architecture."""

from typing import NamedTuple

from weightloom.hypernetworks import AttentionalHypernetwork
from weightloom.hypernetworks.attentional.hypernetwork import HEAD, LEARNED, NOISE, SWISH
from weightloom.hypernetworks.attentional.positional_encoding import WIDTH


class Hyperlayer(NamedTuple):
    """The widths of one hyperlayer.

    Attributes:
        features: the number of inputs of its linear map.
        emitted: the number of outputs of its linear map.
        encoder: the widths of the output blocks on the encoder side, by name.
        decoder: the widths of the output blocks on the decoder side, by name.
    """

    features: int
    emitted: int
    encoder: dict[str, int]
    decoder: dict[str, int]


def hyperlayers(hypernetwork: AttentionalHypernetwork) -> list[Hyperlayer]:
    """Read the widths of all hyperlayers from the shapes of a hypernetwork's arrays.

    Args:
        hypernetwork: the hypernetwork. Its arrays can be `jax.ShapeDtypeStruct`.

    Returns:
        One entry per hyperlayer, with blocks in order from the channel outwards. On the encoder side, the last
        hyperlayer has only the channel.

    Examples:
        >>> import jax, weightloom as wl
        >>> hypernetwork = wl.AttentionalHypernetwork(wl.MLP((2, 3, 1)), key=jax.random.key(0), channel=3)
        >>> [layer.features for layer in hyperlayers(hypernetwork)], hyperlayers(hypernetwork)[0].encoder["channel"]
        ([0, 67, 67, 67], 3)
    """
    channel = {"channel": hypernetwork.channel}
    both = channel | {"swish": SWISH, "attention": 2 * HEAD, "noise": NOISE}
    both |= {"PE(i)": WIDTH, "PE(j)": WIDTH, "PE(ℓ)": WIDTH}
    result = []
    for index, linear in enumerate(hypernetwork.hyperlayers):
        has_learned = index < hypernetwork.learned.shape[0]
        emitted, features = linear.weight.shape
        encoder = both | {"learned": LEARNED} if has_learned else channel
        result.append(Hyperlayer(features, emitted, encoder, both | {"learned": LEARNED}))
    return result
