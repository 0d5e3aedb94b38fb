"""A page's embedded data, read back without the page's script."""

import base64
import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np


class _Elements(HTMLParser):
    """All start tags, and the text of the element whose id is data."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.data, self._inside = [], "", False

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._inside = dict(attributes).get("id") == "data"

    def handle_endtag(self, tag):
        self._inside = False

    def handle_data(self, text):
        self.data += text if self._inside else ""


def elements(page: Path) -> list[tuple[str, dict]]:
    """Every tag of a page with its attributes, as a browser would parse them."""
    parser = _Elements()
    parser.feed(page.read_text("utf-8"))
    return parser.tags


def embedded(page: Path) -> dict:
    """The JSON inside a page."""
    parser = _Elements()
    parser.feed(page.read_text("utf-8"))
    return json.loads(parser.data)


def array(text: str, dtype: str, *shape: int) -> np.ndarray:
    """Base64 as an array."""
    return np.frombuffer(base64.b64decode(text), dtype).reshape(shape)


def weights(data: dict, network: int) -> list[np.ndarray]:
    """The weights of one network, a matrix per layer."""
    layers = list(zip(data["sizes"], data["sizes"][1:]))
    scale = array(data["weights"]["scale"], "<f4", -1, len(layers))[network]
    flat = array(data["weights"]["networks"][network], "<f2", -1).astype(np.float32)
    ends = np.cumsum([inputs * outputs for inputs, outputs in layers])
    parts = np.split(flat, ends[:-1])
    return [one * part.reshape(layer) for one, part, layer in zip(scale, parts, layers)]


def number_of(data: dict, seed: int, step: int, beta: int) -> int:
    """The number of the network at these indices."""
    return (seed * len(data["steps"]) + step) * len(data["betas"]) + beta
