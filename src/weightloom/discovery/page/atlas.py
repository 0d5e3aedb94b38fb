"""The page's section on the families of programs: static HTML and SVG, which need no script."""

import html
import math

import numpy as np
import pandas as pd

from weightloom._words import counted
from weightloom.discovery.atlas import Atlas
from weightloom.discovery.atlas.families import UNREAD
from weightloom.discovery.reading import Reading
from weightloom.discovery.reading.formulas import role_label, subscripted
from weightloom.discovery.reading.sketch import Line, role_colour, sketch
from weightloom.figures.style import INK, INPUT, OUTPUT

MOST_FAMILIES = 8
MOST_LABELS = 6
# Of a drawing and of a map, in units of the page.
WIDTH, LEFT, RIGHT, ROW, LOWEST, HIGHEST = 360, 54.0, 330.0, 20, 90, 420
MAP_WIDTH, MAP_HEIGHT, MAP_LEFT, MAP_BOTTOM = 360, 170, 58, 34
MOST_TICKS = 4


def atlas_section(atlas: Atlas) -> str:
    """The HTML of the section.

    Args:
        atlas: of the run.

    Examples:
        >>> import weightloom as wl
        >>> atlas_section(wl.open_run("l1-paper").atlas(most=1))[:20]
        '<section id="atlas">'
    """
    table, networks = atlas.families, atlas.networks
    names = networks.family.value_counts()
    found = [name for name in names.index if name != UNREAD]
    # Families that were read come first, then partly read ones.
    shown = sorted(found, key=lambda name: atlas.representatives[name].verdict.state != "read")[:MOST_FAMILIES]
    cards = "\n".join(_card(atlas, name, table[table.family == name]) for name in shown)
    few = "" if len(networks) == atlas.total else ", evenly spaced over seeds, steps and β"
    unread = float(names.get(UNREAD, 0)) / len(networks)
    rare = int(names.sum() - names.get(UNREAD, 0) - names[shown].sum())
    more = f" {len(names) - len(shown) - (UNREAD in names)} rarer families have {rare} networks." if rare else ""
    return (
        f'<section id="atlas"><h2>Families of programs</h2><p>{len(networks):,} of {atlas.total:,} networks were read'
        f"{few}. A family is a program up to constants and sizes, of networks whose verdict is read or partly read; "
        f"{unread:.0%} of the networks are unread.{more} e is the even or odd part of the activation, S the sum of all "
        "inputs. The margin says how many bits longer the best other family's program is for the family's "
        f"representative.</p>{cards}</section>"
    )


def _card(atlas: Atlas, name: str, rows: pd.DataFrame) -> str:
    reading, best = atlas.representatives[name], rows.iloc[0]
    own = atlas.networks[atlas.networks.family == name]
    known = sorted({one for one in rows.name if one})
    facts = {
        "share": f"{len(own) / len(atlas.networks):.1%}",
        "loss, median": f"{own.loss.median():.3g}",
        "KL, median": "" if own.kl.isna().all() else f"{own.kl.median():.3g} nats",
        "bits, median": f"{own.bits.median():.0f}",
        "margin": "" if math.isnan(best.margin) else f"{best.margin:.0f} bits",
        "known as": ", ".join(known),
        "variants": ", ".join(f"{row.variant} {row.share:.1%}" for row in rows.itertuples() if row.variant),
    }
    listed = "".join(f"<div><dt>{key}</dt><dd>{html.escape(text)}</dd></div>" for key, text in facts.items() if text)
    seed, step, beta = atlas.places[name]
    place = f"seed {seed}, step {step:,}, β {beta:.1e}"
    return (
        f'<article class="family"><h3>{html.escape(name)}</h3><dl>{listed}</dl>'
        f'<p class="formula">{html.escape(reading.formula)}</p>'
        f"<p>{html.escape(str(reading.verdict))} ({html.escape(place)})</p>"
        f"{_named(reading)}"
        f"<div>{_drawing(reading)}{_map(atlas, name)}</div>"
        f"<details><summary>program in Python</summary><pre>{html.escape(reading.python)}</pre></details></article>"
    )


def _named(reading: Reading) -> str:
    """The program with names in place of e, where they hold."""
    found = reading.named
    if found is None or found.state == "not":
        return ""
    formula, verdict = str(found).split("\n")
    return f'<p class="formula">{html.escape(formula)}</p><p>{html.escape(verdict)}</p>'


def _drawing(reading: Reading) -> str:
    drawn = sketch(reading.program)
    crowd = max(len(drawn.inputs), len(drawn.units), len(drawn.outputs))
    high = float(np.clip(ROW * crowd, LOWEST, HIGHEST))
    room, middle = high / crowd, (LEFT + RIGHT) / 2
    labels = [(role_colour(k), f"{k + 1}: {role_label(role, k)}") for k, role in enumerate(reading.roles)]
    if len(labels) > MOST_LABELS:
        labels = [*labels[:MOST_LABELS], ("none", f"and {counted(len(labels) - MOST_LABELS, 'more role')}")]
    radius = min(8.0, 0.42 * room)
    parts = [_line(line, LEFT, middle, high, radius) for line in drawn.left]
    parts += [_line(line, middle, RIGHT, high, radius) for line in drawn.right]
    for k, height in enumerate(drawn.inputs):
        parts.append(_circle(LEFT, high * height, 0.7 * radius, INPUT))
        name = subscripted(f"x{k}")
        size = min(12.0, 0.8 * room)
        parts.append(
            f'<text x="{LEFT - 12}" y="{high * height + 0.35 * size:.1f}" text-anchor="end" font-size="{size:.1f}">'
            f"{name}</text>"
        )
    for unit in drawn.units:
        parts.append(_circle(middle, high * unit.height, radius, unit.colour, unit.ring))
    parts += [_circle(RIGHT, high * height, radius, OUTPUT) for height in drawn.outputs]
    for k, (colour, text) in enumerate(labels):
        y = high + 16 + 17 * k
        parts.append(f'<rect x="4" y="{y - 8}" width="9" height="9" fill="{colour}"/>')
        parts.append(f'<text x="18" y="{y}">{html.escape(text)}</text>')
    title = f"Units of the representative of {html.escape(reading.formula.splitlines()[0])}"
    tall = high + 12 + 17 * len(labels)
    return f'<svg viewBox="0 0 {WIDTH} {tall:.0f}" role="img" aria-label="{title}">{"".join(parts)}</svg>'


def _line(line: Line, start: float, end: float, high: float, radius: float) -> str:
    return (
        f'<line x1="{start:.0f}" y1="{high * line.start:.1f}" x2="{end:.0f}" y2="{high * line.end:.1f}" '
        f'stroke="{line.colour}" stroke-opacity="{line.opacity:.2f}" stroke-width="{0.45 * radius * line.width:.2f}"/>'
    )


def _circle(x: float, y: float, radius: float, fill: str, ring: str = "white") -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}" stroke="{ring}" stroke-width="1.4"/>'


def _map(atlas: Atlas, name: str) -> str:
    """The share of seeds whose network is of the family, over step and β."""
    networks = atlas.networks
    share = (
        networks.assign(own=networks.family == name)
        .pivot_table(index="beta", columns="step", values="own", aggfunc="mean")
        .sort_index(axis=0)
        .sort_index(axis=1)
    )
    betas, steps = share.index.tolist(), share.columns.tolist()
    high, wide = (MAP_HEIGHT - MAP_BOTTOM) / len(betas), (MAP_WIDTH - MAP_LEFT) / len(steps)
    parts = []
    for row, beta in enumerate(betas):
        y = MAP_HEIGHT - MAP_BOTTOM - (row + 1) * high
        for column, step in enumerate(steps):
            value = float(share.iloc[row, column])
            parts.append(
                f'<rect x="{MAP_LEFT + column * wide:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" '
                f'fill="{INK}" fill-opacity="{0.04 + 0.9 * value:.2f}" stroke="white" stroke-width="0.5">'
                f"<title>step {step:,}, β {beta:.1e}: {value:.0%} of seeds</title></rect>"
            )
        if row in _ticks(len(betas)):
            parts.append(f'<text x="{MAP_LEFT - 5}" y="{y + high / 2 + 4:.1f}" text-anchor="end">{beta:.0e}</text>')
    for column in _ticks(len(steps)):
        x = MAP_LEFT + (column + 0.5) * wide
        parts.append(
            f'<text x="{x:.1f}" y="{MAP_HEIGHT - MAP_BOTTOM + 14}" text-anchor="middle">{steps[column]:,}</text>'
        )
    middle = (MAP_LEFT + MAP_WIDTH) / 2
    parts.append(f'<text x="{middle}" y="{MAP_HEIGHT - 3}" text-anchor="middle">training step</text>')
    parts.append('<text x="2" y="11">β</text>')
    return (
        f'<svg class="map" viewBox="0 0 {MAP_WIDTH} {MAP_HEIGHT}" role="img" '
        f'aria-label="Share of seeds in this family over step and β">{"".join(parts)}</svg>'
    )


def _ticks(count: int) -> list[int]:
    return sorted({round(place) for place in np.linspace(0, count - 1, min(count, MOST_TICKS))})
