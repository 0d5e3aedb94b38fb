"""The table of bundled tasks: names and descriptions.

This module must not import JAX, so that the command's help can read the table quickly.
"""

DESCRIPTIONS = {
    "l1": "the L1 norm Σ|xᵢ|, the task of Liao et al. 2023",
    "l2": "the Euclidean norm √Σxᵢ²",
    "max": "the largest input",
    "max_abs": "the largest magnitude max |xᵢ|",
    "sum_of_squares": "the sum of squares Σxᵢ²",
    "median": "the median, which is the mean of the middle two for an even number of inputs",
    "product": "the product x₀·x₁ of the first two inputs",
    "range": "the range max xᵢ − min xᵢ",
    "gini": "Gini's mean difference, the mean of |xᵢ − xₖ| over pairs",
    "total_variation": "the total variation Σ|xᵢ₊₁ − xᵢ|",
    "clipped_sum": "the sum Σ clip(xᵢ, −1, 1)",
    "abs_difference": "the distance |x₀ − x₁| of the first two inputs",
    "count_of_positives": "the number of inputs above 0",
    "sign_parity": "the product of inputs that are −1 or 1",
    "sort": "the inputs in increasing order, one output for each",
    "modular_sum": "the sum modulo 5 of whole numbers from 0 to 4, one-hot inputs and five classes",
}
"""What each bundled task computes."""
