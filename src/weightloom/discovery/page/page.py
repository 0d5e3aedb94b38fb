"""A self-contained HTML page for exploring a run."""

import html
import importlib.metadata
import importlib.resources
import json
import os
import string
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from weightloom.discovery import Config, Run
from weightloom.discovery.page.atlas import atlas_section
from weightloom.discovery.page.contents import contents
from weightloom.figures.page import embedded_json, page_path, policy_hash, write_page
from weightloom.figures.style import INK, PALE

if TYPE_CHECKING:
    from weightloom.discovery.atlas import Atlas

SCRIPTS = ("data.js", "layout.js", "drawing.js", "plot.js", "phases.js", "heat.js", "explorer.js")
SUMMARY = ("method", "regime", "beta_range", "seeds", "steps", "learning_rate", "batch", "hyperdepth", "channel")
NAMES = {"beta_range": "lowest and highest β", "learning_rate": "learning rate"}
ONLY_HYPERNETWORK = ("regime", "beta_range", "hyperdepth", "channel")


def report(
    run: Run,
    path: str | os.PathLike[str],
    generalisation: xr.Dataset | None = None,
    atlas: "Atlas | None" = None,
) -> Path:
    """Write a self-contained HTML page for exploring a run in a browser.

    The page shows the front, the phase diagrams, the order parameters, the ledger and the encoder ablation. Clicking on
    a network draws it with the layout of `weightloom.draw` (Liao et al. 2023, appendix B.1). The page embeds weights in
    half precision. If they would take more than about 12 MB, the page includes only some steps and says so. The file
    loads nothing from the network.

    Args:
        run: a run with at least one measured step.
        path: the .html file to write. In the run's own folder, only paths below `figures/` are allowed.
        generalisation: the losses at other sizes (section 2.4), as `weightloom.generalisation` returns them: a variable
            `loss` over `inputs`, `hidden` and optionally `draw`, with NaN for unknown losses. The page shows the median
            over draws. The default leaves this figure out.
        atlas: the run's atlas, such as `run.atlas("all", most=240)`: its families are shown with program, drawing and
            places over step and β. If the task is no L1 norm, they replace the algorithms. The default leaves them out.

    Returns:
        The path. The same run always gives the same bytes.

    Raises:
        InputError: if the path cannot be written, if `generalisation` is invalid, or if a network is too large for a
            page. No partial file is left.
        RunError: if the run's measures are damaged.

    Examples:
        >>> import tempfile, weightloom as wl
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run = wl.discover(wl.tasks.l1, wl.MLP((2, 3, 1)), steps=2, method="adam", out=f"{folder}/run")
        ...     wl.report(run, f"{folder}/page.html").name
        'page.html'
    """
    checked = page_path(path)
    page = _page(run.config, _state(run), contents(run, generalisation, atlas), atlas)
    write_page(checked, page)
    return checked


def _page(config: Config, state: str, data: dict[str, Any], atlas: "Atlas | None") -> str:
    script = "\n".join(_resource(name) for name in SCRIPTS)
    style = f":root {{ --ink: {INK}; --pale: {PALE}; }}\n{_resource('style.css')}"
    # The policy allows only this script and this style, and no requests, even if a run's names contain markup.
    policy = f"default-src 'none'; script-src {policy_hash(script)}; style-src {policy_hash(style)}"
    title = f"{config.task} ({', '.join(map(str, config.sizes))})"
    return string.Template(_resource("template.html")).substitute(
        policy=policy,
        title=html.escape(title),
        state=html.escape(state),
        summary=_summary(config),
        config=html.escape(json.dumps(config.to_dict(), indent=2, ensure_ascii=False)),
        unit=html.escape(config.loss_unit),
        constant=f"{config.constant_loss:.3g}",
        version=html.escape(importlib.metadata.version("weightloom")),
        style=style,
        kind="algorithm" if atlas is None or config.norm else "family of programs",
        atlas="" if atlas is None else atlas_section(atlas),
        data=embedded_json(data),
        script=script,
    )


def _resource(name: str) -> str:
    return importlib.resources.files("weightloom.discovery.page").joinpath(name).read_text("utf-8")


def _state(run: Run) -> str:
    last = int(run.measures.step.values.max())
    return "complete" if run.complete else f"unfinished: measured up to step {last:,} of {run.config.steps:,}"


def _summary(config: Config) -> str:
    names = [name for name in SUMMARY if config.method == "hypernetwork" or name not in ONLY_HYPERNETWORK]
    entries = [("activation", config.activation), *((name, getattr(config, name)) for name in names)]
    return "\n".join(
        f"<div><dt>{html.escape(NAMES.get(name, name))}</dt><dd>{html.escape(_readable(value))}</dd></div>"
        for name, value in entries
    )


def _readable(value: Any) -> str:
    if isinstance(value, tuple) and len(value) > 6:
        return f"{len(value)}"
    if isinstance(value, tuple):
        return ", ".join(_readable(one) for one in value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)
