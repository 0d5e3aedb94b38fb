"""How alike six encoders of digits are, by every score, and whether the scores say what probes say.

Reads: `features/` and `labels.safetensors`, which `experiments/digits/train.py` stores.
Command: .venv/bin/python -m experiments.digits.run
Expected: encoders.nc and copies.nc, 60 kB, in 90 seconds of CPU (6 minutes beside other work), then three figures;
--draw-only draws them from what is stored, --table computes one of the two.

`encoders`: five trained encoders, with the untrained one and Gaussian features as floors; all scores, 200 nulls, 10
hypernetworks, and both hypernetwork scores with other codes, or without a hypernetwork ("none").
`copies`: convolutional-a beside itself. All 1,797 digits are compared, those too that the encoders were trained on.

| from convolutional-a to | again | permuted | rotated | times 3 | noisy | Gaussian |
|---|---|---|---|---|---|---|
| hypernetwork-transfer, over itself | .06 | .00 | .00 | .12 | .06 | .00 |
| the same, one code for all | 1.00 | .55 | .01 | 3.12 | .77 | .00 |
| calibrated-transfer | 1.00 | 1.00 | 1.00 | 1.00 | .95 | .06 |

| rank correlation with the probes' agreement, 10 pairs | | with one encoder left out |
|---|---|---|
| hypernetwork-transfer | .39 | −.63 to 1 |
| calibrated-transfer; a plain shared head ("none") | .90; .90 | .49 to 1 |
| CKA, debiased | .81 | .31 to 1 |

Of the literal score's gains of trained encoders on themselves, 70 to 88 % are there with the rows out of order: a step
mends the random start's large logits, which needs no knowledge of the inputs.
"""

from pathlib import Path

from experiments.comparison import run

if __name__ == "__main__":
    run(Path(__file__).parent, "convolutional-a", ["untrained"], __doc__.splitlines()[0])
