"""Figure 7: the architecture of the attentional hypernetwork, drawn from the module's own structure.

Reads: Liao et al. 2023, figure 7 and appendix B.2. Data: none.
Command: .venv/bin/python -m experiments.figure_7.run
Expected: seconds; the figure of the hypernetwork that generates (16, 48, 1).
"""

from pathlib import Path

import jax

import weightloom as wl


def main() -> None:
    """Draw the architecture."""
    template = wl.AttentionalHypernetwork(wl.MLP((16, 48, 1)), key=jax.random.key(0))
    print(wl.draw_architecture(template, Path(__file__).with_name("architecture.svg")))


if __name__ == "__main__":
    main()
