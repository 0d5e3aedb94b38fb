"""The classifier's thresholds: shares between 0 and 1, none of which depends on the scale of a weight.

`docs/explanation/classification.md` says what each piece of evidence is and tabulates what the thresholds decide.
"""

# Liao et al. 2023 leave the count open; three quarters is the rule of weightloom's runs.
NAMED_SHARE = 3 / 4

# Least share of the norm in a network's variance. A network with kinks explains most of the norm, and
# half is the least that can be called so. Convexity is imperfect by nature: its linear residue leaves
# losses of 0.55 to 0.8 where rows are independent, so a share of 0.2, and an eighth is allowed.
NORM_SHARE_OF_KINKS = 1 / 2
NORM_SHARE_OF_CONVEXITY = 1 / 8

# An explanation must account for three quarters of what it explains. Constructions with 5 % noise have
# 0.85 and more; networks that Adam trained at (16, 48, 1) have at most one third, 0.72 early in training.
EXPLAINED_SHARE = 3 / 4

# In eqs. 1 to 4 all output weights have one sign. Reference constructions and generated networks have
# shares above 0.99; Adam uses neurons of both signs at one input, and its networks have 0.79 to 0.96.
ONE_SIGNED_SHARE = 0.975

# Halfway from rows of independent normal weights, locality 0, to rows of a single weight, locality 1.
LOCALITY = 1 / 2

# Halfway from those rows to LOCALITY: more, on average over the dense inputs, is too local for rows
# that eq. 4 draws from one distribution, and is what kinks under heavy noise look like.
DENSE_LOCALITY = 1 / 4

# Halfway from one-sided to two equal sides: the weaker side of a double-sided input has a quarter.
WEAKER_SIDE = 1 / 4

# A kink whose slope is left uncancelled, |x| + x, has evenness 0.27; a cancelled one has 1.
EVENNESS = 1 / 2

# Share of |x| beside x² in the function. It is 0 for a sum of squares, and falls below a tenth for pairs
# of strength less than about 0.45, whose swish no longer bends within the range of the inputs.
KINK_SHARE = 1 / 10
