"""How alike seven text encoders are, by every score, and whether the scores say what probes say.

Reads: `features/` and `labels.safetensors`, which `experiments/text_encoders/features.py` stores.
Command: .venv/bin/python -m experiments.text_encoders.run
Expected: encoders.nc and copies.nc, 70 kB, in 5 minutes on two cores, then three figures;
--draw-only draws them from what is stored, --table computes one of the two.

`encoders`: seven trained encoders, with the random MiniLM and Gaussian features as floors; all scores, 4,000 documents,
200 nulls, 10 hypernetworks, and both hypernetwork scores with other codes, or without a hypernetwork ("none").
`copies`: minilm-l6 beside itself.

Numbers: calibrated-transfer gives 1.00 for a permuted, rotated or rescaled copy, .94 under as much noise as features,
.06 for Gaussian features (inside the null); the literal score .00 for a permuted or rotated copy. minilm-l6 and
minilm-l3: .86, and .60 by debiased CKA. Rank correlation with the probes' agreement: debiased CKA .68, stitching .66,
calibrated .58, literal .38.
"""

from pathlib import Path

from experiments.comparison import run

if __name__ == "__main__":
    run(Path(__file__).parent, "minilm-l6", ["minilm-l6-random"], __doc__.splitlines()[0])
