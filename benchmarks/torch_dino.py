"""DINo in plain PyTorch, as one writes it down first: a decoder for all codes × points, and torchdiffeq for the ODE."""

import torch
from torch import nn
from torchdiffeq import odeint


class Decoder(nn.Module):
    """A Fourier multiplicative filter network whose biases are shifted by linear maps of the code."""

    def __init__(self, code: int, width: int, layers: int) -> None:
        super().__init__()
        self.filters = nn.ParameterList([nn.Parameter(20 * torch.randn(2, width // 2)) for _ in range(layers + 1)])
        self.shifts = nn.ModuleList([nn.Linear(code, width) for _ in range(layers + 1)])
        self.inner = nn.ModuleList([nn.Linear(width, width, bias=False) for _ in range(layers)])
        self.output = nn.Linear(width, 1)

    def forward(self, codes: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        """Codes (..., code) at points (points, 2) → (..., points)."""
        codes = codes.unsqueeze(-2)
        hidden = None
        for layer, (frequencies, shift) in enumerate(zip(self.filters, self.shifts)):
            phases = points @ frequencies
            sines = torch.cat([torch.sin(phases), torch.cos(phases)], dim=-1)
            hidden = sines * (shift(codes) if hidden is None else self.inner[layer - 1](hidden) + shift(codes))
        return self.output(hidden).squeeze(-1)

    def affine(self, codes: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        """The same, with what our implementation knows: value and gradient at the code 0 serve all codes."""
        adjoint, offset, modes = self.output.weight[0], self.output.bias, 0.0
        for layer in reversed(range(len(self.filters))):
            phases = points @ self.filters[layer]
            reached = torch.cat([torch.sin(phases), torch.cos(phases)], dim=-1) * adjoint
            offset = offset + reached @ self.shifts[layer].bias
            modes = modes + reached @ self.shifts[layer].weight
            adjoint = reached @ self.inner[layer - 1].weight if layer else None
        return codes @ modes.T + offset


class Swish(nn.Module):
    """Swish with a learned steepness."""

    def __init__(self) -> None:
        super().__init__()
        self.steepness = nn.Parameter(torch.tensor(0.5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x σ(softplus(β) x)/1.1."""
        return x * torch.sigmoid(x * nn.functional.softplus(self.steepness)) / 1.1


class Trainer:
    """Decoder, codes and dynamics with Adam at three learning rates, all codes in every step.

    Args:
        values: (trajectory, time, points), fully observed.
        positions: (points, 2).
        code, width, layers, hidden: sizes.
        points, trajectories: drawn in every step.
        affine: whether the decoder uses that it is affine in the code.
    """

    def __init__(self, values, positions, *, code, width, layers, hidden, points, trajectories, affine=False) -> None:
        self.values, self.positions = torch.as_tensor(values), torch.as_tensor(positions)
        self.points, self.trajectories = points, trajectories
        self.decoder = Decoder(code, width, layers)
        self.decode = self.decoder.affine if affine else self.decoder
        sizes = (code, *hidden, code)
        blocks = [nn.Linear(sizes[0], sizes[1])]
        for inputs, outputs in zip(sizes[1:], sizes[2:]):
            blocks += [Swish(), nn.Linear(inputs, outputs)]
        self.dynamics = nn.Sequential(*blocks)
        self.codes = nn.Parameter(torch.zeros(*self.values.shape[:2], code))
        self.times = torch.arange(self.values.shape[1], dtype=torch.float32)
        self.optimiser = torch.optim.Adam(
            [
                {"params": self.decoder.parameters(), "lr": 1e-2},
                {"params": [self.codes], "lr": 1e-2},
                {"params": self.dynamics.parameters(), "lr": 1e-3},
            ]
        )

    def losses(self, drawn: torch.Tensor, chosen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Reconstruction at drawn points, and the roll-out of chosen trajectories from their first codes."""
        decoded = self.decode(self.codes, self.positions[drawn])
        reconstruction = ((decoded - self.values[:, :, drawn]) ** 2).mean()
        states = self.codes.detach()[chosen].transpose(0, 1)
        rolled = odeint(lambda time, state: self.dynamics(state), states[0], self.times, method="rk4")
        return reconstruction, ((rolled[1:] - states[1:]) ** 2).mean()

    def train_step(self) -> None:
        """One step of Adam."""
        drawn = torch.randperm(len(self.positions))[: self.points]
        chosen = torch.randperm(len(self.values))[: self.trajectories]
        self.optimiser.zero_grad()
        sum(self.losses(drawn, chosen)).backward()
        self.optimiser.step()
