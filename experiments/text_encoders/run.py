"""How alike seven text encoders are, by every score, and whether the scores say what probes say.

Reads: `features/` and `labels.safetensors`, which `experiments/text_encoders/features.py` stores. Left out: e5-small,
until its features are stored.
Command: .venv/bin/python -m experiments.text_encoders.run
Expected: encoders.nc and copies.nc, 70 kB, in 10 minutes of CPU (40 beside other work), then three figures;
--draw-only draws them from what is stored, --table computes one of the two.

`encoders`: six trained encoders, with the random MiniLM and Gaussian features as floors; all scores, 4,000 documents,
200 nulls, 10 hypernetworks, and both hypernetwork scores with other codes, or without a hypernetwork ("none").
`copies`: minilm-l6 beside itself.

Numbers: PENDING
"""

from pathlib import Path

from experiments.comparison import run

if __name__ == "__main__":
    run(Path(__file__).parent, "minilm-l6", ["minilm-l6-random"], __doc__.splitlines()[0])
