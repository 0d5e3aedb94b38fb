"""Families and variants: what a network computes, and how its weights do it."""

import functools
import math
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int

from weightloom.discovery.reading import Reading
from weightloom.discovery.reading.formulas import TEXT, argument, index_names, over
from weightloom.discovery.reading.index_sets import background, index_set
from weightloom.discovery.reading.loops import LETTERS, loop
from weightloom.discovery.reading.merging import Curved
from weightloom.discovery.reading.program import Role, polished
from weightloom.discovery.reading.sampling import normal_inputs
from weightloom.discovery.reading.verdict import description_bits

UNREAD = "unread"
# A role with less of the curvature than this is a detail of the variant.
SMALLEST = 0.05
# The share of strength that the weaker side needs to count.
WEAKER = 0.2
# More kinds of units without a set of inputs are not told apart.
MOST_SINGLES, SINGLES = 2, "single units"
# So many families are compared, with programs of at most so many numbers.
COMPARED, SIMPLE = 8, 24


def family(reading: Reading) -> str:
    """The canonical program up to constants and sizes, such as "Σ[i] e(xᵢ)".

    The constant, the line, backgrounds, and roles with less than 5 % of the curvature are left out. Roles of one
    pattern and sign count as one, so that inputs whose numbers differ a little are still "every input". More than two
    kinds of units that run over no set of inputs are "single units": which they are says little.

    Args:
        reading: of a network.

    Returns:
        The family's name; "unread" for a network that was not read.

    Examples:
        >>> import weightloom as wl
        >>> family(wl.algorithms.double_sided(n=4).reading), family(wl.algorithms.pudding(n=4).reading)
        ('Σ[i] e(xᵢ)', 'Σ[i] e(xᵢ)')
    """
    if reading.verdict.state == UNREAD:
        return UNREAD
    rows: dict[tuple[bool, bool], list[Int[np.ndarray, " inputs"]]] = {}
    for role, share in zip(reading.roles, shares(reading)):
        if share >= SMALLEST:
            for row in role.assignment:
                rows.setdefault((float(role.readout[0].sum()) > 0, role.bias is not None), []).append(_plain(row))
    terms: set[tuple[bool, str]] = set()
    singles: set[tuple[bool, str]] = set()
    for (positive, offset), own in rows.items():
        for group in map(np.array, _groups(own)):
            several = not group[0].any() or index_set(group) != "listed"
            (terms if several else singles).add((not positive, _term(group, offset)))
    few = singles if len(singles) <= MOST_SINGLES else set()
    found = [f"{'−' if negative else '+'} {term}" for negative, term in sorted(terms | few)]
    found += [f"+ {SINGLES}"] if len(singles) > MOST_SINGLES else []
    return " ".join(found).removeprefix("+ ") or "a line"


def variant(reading: Reading) -> str:
    """How the weights realise the program: on which sides of the inputs the neurons of a unit lie.

    Args:
        reading: of a network.

    Returns:
        "both sides", "positive side", "negative side" or "mixed sides"; "" where no input stands out. A side counts if
        it has a fifth of the strength. An unread network has none.

    Examples:
        >>> import weightloom as wl
        >>> variant(wl.algorithms.double_sided(n=4).reading), variant(wl.algorithms.pudding(n=4, sign=1).reading)
        ('both sides', 'negative side')
    """
    if reading.verdict.state == UNREAD:
        return ""
    weight, readout = (np.asarray(layer[0], float) for layer in reading.source.parameters)
    strength = np.linalg.norm(readout, axis=1)
    sides = set()
    for role, share in zip(reading.roles, shares(reading)):
        for row, own in zip(role.assignment, role.neurons):
            read = np.flatnonzero(_plain(row))
            if share >= SMALLEST and len(read):
                values = weight[read[0], list(own)] * strength[list(own)]
                sides.add(_side(float(values[values > 0].sum()), float(-values[values < 0].sum())))
    return "mixed sides" if len(sides) > 1 else "".join(sides)


def is_drawn(reading: Reading) -> bool:
    """Whether an unread network is a typical draw of weights from one distribution, "w ~ D".

    Args:
        reading: of a network.

    Examples:
        >>> import weightloom as wl
        >>> is_drawn(wl.algorithms.double_sided(n=4).reading)
        False
    """
    return reading.verdict.state == UNREAD and reading.drawn is not None and reading.drawn.state == "drawn"


def on_background(reading: Reading) -> bool:
    """Whether most units with inputs that stand out also read all other inputs, by one weight."""
    found = [
        background(row) != 0
        for role, share in zip(reading.roles, shares(reading))
        for row in role.assignment
        if share >= SMALLEST and _plain(row).any()
    ]
    return bool(found) and float(np.mean(found)) > 0.5


def margins(representatives: Mapping[str, Reading]) -> dict[str, float]:
    """How many bits longer the best other family's program is, fitted to a family's representative.

    A negative margin says that another family's program is the shorter description.

    Args:
        representatives: a reading of each family, of networks with the same numbers of inputs and outputs. The first 8
            are compared with those programs among them that have at most 24 numbers.

    Returns:
        For each of them its margin in bits; nan where there is nothing to compare with.

    Examples:
        >>> import weightloom as wl
        >>> one, other = wl.algorithms.double_sided(n=3).reading, wl.algorithms.pudding(n=3).reading
        >>> abs(margins({"one": one, "same": other})["one"]) < 5
        True
    """
    chosen = dict(list(representatives.items())[:COMPARED])
    found = {}
    for name, reading in chosen.items():
        x, values = reading.samples
        others = [
            description_bits(polished(other.program, x, values), x, values)
            for key, other in chosen.items()
            if key != name and other.program.numbers <= SIMPLE
        ]
        found[name] = min(others, default=math.inf) - description_bits(reading.program, x, values)
    return {name: margin if margin < math.inf else math.nan for name, margin in found.items()}


@functools.lru_cache(maxsize=8)
def shares(reading: Reading) -> Float[np.ndarray, " roles"]:
    """The share of the program's curvature that each role has by itself."""
    x = normal_inputs(reading.program.inputs, 512)
    curved = Curved(x, np.ones(len(reading.program.constant)))
    own = np.array([curved.share(curved.part(role.values(x, reading.program.activation))) for role in reading.roles])
    return own / max(own.sum(), 1e-300) if len(own) else own


def _plain(row: Int[np.ndarray, " inputs"]) -> Int[np.ndarray, " inputs"]:
    """The signs of the inputs that stand out before the background; all signs where every input is alike."""
    common = background(row)
    if (row == common).all():
        return np.zeros_like(row)
    return np.where(row == common, 0, np.sign(row))


def _groups(rows: list[Int[np.ndarray, " inputs"]]) -> list[list[Int[np.ndarray, " inputs"]]]:
    """Rows with the same numbers of signs, up to a sign, each row once."""
    groups: dict[tuple[int, int], dict[tuple[int, ...], Int[np.ndarray, " inputs"]]] = {}
    for row in rows:
        counts = (int((row > 0).sum()), int((row < 0).sum()))
        turned = row if counts >= counts[::-1] else -row
        if counts[0] == counts[1] and counts[0]:
            turned = row if row[np.flatnonzero(row)[0]] > 0 else -row
        groups.setdefault(max(counts, counts[::-1]), {})[tuple(turned.tolist())] = turned
    return [list(own.values()) for own in groups.values()]


def _term(rows: Int[np.ndarray, "members inputs"], offset: bool) -> str:
    """Members as a formula without numbers."""
    tail = " + b" if offset else ""
    if not rows[0].any():
        return f"e(S{tail})"
    role = Role(rows, np.ones((1, 1)), None, np.ones((1, 1)), ((),) * len(rows))
    own = loop(role, common=0)
    if len(own.slots) > len(LETTERS):
        return f"{len(rows)} e({len(own.slots)} inputs{tail})"
    if own.over == "listed" and len(rows) == 1:
        return f"e({argument(role, own, list(map(str, own.places[0])), TEXT, 0)}{tail})"
    names = index_names(own)
    head = f"{len(rows)} of Σ[{','.join(names)}]" if own.over == "listed" else f"Σ[{over(own)}]"
    return f"{head} e({argument(role, own, names, TEXT, 0)}{tail})"


def _side(positive: float, negative: float) -> str:
    total = positive + negative
    if min(positive, negative) >= WEAKER * total:
        return "both sides"
    return "positive side" if positive > negative else "negative side"
