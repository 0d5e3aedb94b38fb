"""The classifier's thresholds. All of them are shares between 0 and 1, independent of the scale of the weights.

`docs/explanation/classification.md` explains each piece of evidence and the effect of its threshold.
"""

# The share of inputs that must run an algorithm. Liao et al. 2023 do not give one: this is weightloom's choice.
NAMED_SHARE = 3 / 4

# The lowest share of variance that the norm explains. The other algorithms explain most of the norm, hence one half.
# The convexity algorithm with independent rows has losses of 0.55 to 0.8 due to a linear residue, which is a share of
# 0.2. Its threshold is therefore one eighth.
NORM_SHARE_OF_KINKS = 1 / 2
NORM_SHARE_OF_CONVEXITY = 1 / 8

# The lowest share of variance that the idealised network explains. Constructions with 5 % noise have at least 0.85.
# Networks trained with Adam at (16, 48, 1) have at most one third, and up to 0.72 early in training.
EXPLAINED_SHARE = 3 / 4

# In eqs. 1 to 4, all output weights have the same sign. Reference constructions and generated networks have shares
# above 0.99. Networks trained with Adam use neurons of both signs at one input and have shares of 0.79 to 0.96.
ONE_SIGNED_SHARE = 0.975

# Halfway between rows of independent normal weights (locality 0) and rows of a single weight (locality 1).
LOCALITY = 1 / 2

# The highest mean locality of dense inputs, halfway between 0 and LOCALITY. Rows drawn from one distribution (eq. 4)
# are below; kinks with strong noise are above.
DENSE_LOCALITY = 1 / 4

# The lowest share of the weaker side at a double-sided input, halfway between one side (0) and two equal sides (1/2).
WEAKER_SIDE = 1 / 4

# The evenness is 1 for |x|, and 0.27 for |x| + x, where the background does not cancel the slope.
EVENNESS = 1 / 2

# The lowest share of |x| in a fit by |x| and x². It is 0 for a sum of squares. It is below one tenth for double-sided
# pairs weaker than about 0.45, because swish is then nearly quadratic over the range of the inputs.
KINK_SHARE = 1 / 10
