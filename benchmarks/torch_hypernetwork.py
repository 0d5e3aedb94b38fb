"""The attentional hypernetwork of Liao et al. 2023 (appendix B.2) in plain PyTorch, to measure ours against.

Batched and idiomatic, without the savings that weightloom makes: what one would write from the paper and
train. Hyperactivations are one tensor (2 sides, edges, hyperfeatures); edges are numbered layer by layer, and
row by row in (i, j) within a layer.

    python benchmarks/torch_hypernetwork.py --threads 2 [--compile]

prints milliseconds per training step.
"""

import argparse
import itertools
import math
import statistics
import time

import torch
from torch import Tensor, nn
from torch.nn import functional

SWISH, HEAD, CHANNEL, NOISE, LEARNED, POSITION = 20, 5, 4, 5, 5, 8
LINEAR_OUTPUTS = SWISH + 2 * 3 * HEAD + 2 * CHANNEL
HYPERFEATURES = SWISH + 2 * HEAD + CHANNEL + NOISE + 3 * POSITION + LEARNED


def positional_encoding(indices: Tensor) -> Tensor:
    """Sines, then cosines, of integer indices (n,) at four frequencies: (n, 8)."""
    angles = indices[:, None] * 100 ** (-torch.arange(4) / 4)
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


class AttentionalHypernetwork(nn.Module):
    """Weights and biases of an MLP, and their KL in nats, from given hyperweights (appendix B.2 and B.2.1).

    It holds no parameters: the hyperhypernetwork generates them.

    Args:
        sizes: widths of the MLP, from input to output.
        hyperdepth: number of hyperlayers.
    """

    positions: Tensor

    def __init__(self, sizes: tuple[int, ...] = (16, 48, 1), hyperdepth: int = 4):
        super().__init__()
        self.sizes, self.hyperdepth = tuple(sizes), hyperdepth
        self.layers = list(itertools.pairwise(sizes))
        self.edges_per_layer = [inputs * outputs for inputs, outputs in self.layers]
        self.edges = sum(self.edges_per_layer)
        self.shapes: list[tuple[int, ...]] = []
        for k in range(hyperdepth):
            self.shapes += [(LINEAR_OUTPUTS, HYPERFEATURES if k > 0 else 0), (LINEAR_OUTPUTS,)]
        self.shapes += [(hyperdepth, LEARNED, self.edges), (2, HYPERFEATURES), (2,)]
        self.register_buffer("positions", self._positions(), persistent=False)

    def _positions(self) -> Tensor:
        encodings = []
        for layer, (inputs, outputs) in enumerate(self.layers, start=1):
            i, j = torch.meshgrid(torch.arange(inputs), torch.arange(outputs), indexing="ij")
            is_first, is_last = layer == 1, layer == len(self.layers)
            blocks = [
                positional_encoding(i.flatten()) * is_first,
                positional_encoding(j.flatten()) * is_last,
                positional_encoding(torch.full((inputs * outputs,), layer)),
            ]
            encodings.append(torch.cat(blocks, dim=-1))
        return torch.cat(encodings).expand(2, -1, -1).clone()

    def unflatten(self, hyperweights: Tensor) -> list[Tensor]:
        """From a vector: weight and bias per hyperlayer, learned variables, the readout's weight and bias."""
        pieces = hyperweights.split([math.prod(shape) for shape in self.shapes])
        return [piece.view(shape) for piece, shape in zip(pieces, self.shapes)]

    def forward(
        self, hyperweights: Tensor, noise: Tensor, channel_noise: Tensor, ignore_encoder: bool = False
    ) -> tuple[list[tuple[Tensor, Tensor]], Tensor]:
        """Generates the MLP.

        Args:
            hyperweights: flat vector, in the order of `unflatten`.
            noise: standard normal, (hyperdepth, 2, edges, 5).
            channel_noise: standard normal, (hyperdepth, edges, 4).
            ignore_encoder: sample the channels from the decoder side's p instead of the encoder side's q.

        Returns:
            A (weight, bias) pair per layer, and the ledger (hyperdepth, edges) of KL in nats.
        """
        *linears, learned, readout_weight, readout_bias = self.unflatten(hyperweights)
        learned = learned.transpose(1, 2)
        hidden = hyperweights.new_zeros(2, self.edges, 0)
        ledger = []
        for k, (weight, bias) in enumerate(zip(linears[::2], linears[1::2])):
            outputs = functional.linear(hidden, weight, bias)
            swish, front, behind, mean, spread = outputs.split([SWISH, 3 * HEAD, 3 * HEAD, CHANNEL, CHANNEL], dim=-1)
            sample, kl = self.channel(mean, spread, channel_noise[k], ignore_encoder)
            ledger.append(kl)
            from_front, from_behind = self.attention(front, behind)
            blocks = [
                functional.silu(swish),
                from_front,
                from_behind,
                sample.expand(2, -1, -1),
                noise[k],
                self.positions,
                torch.stack([learned[k], torch.zeros_like(learned[k])]),
            ]
            hidden = torch.cat(blocks, dim=-1)
        readout = functional.linear(hidden[1], readout_weight, readout_bias)
        return self.parameters_from(readout), torch.stack(ledger)

    def attention(self, front: Tensor, behind: Tensor) -> tuple[Tensor, Tensor]:
        """Self-attention over the incoming and outgoing edges of each neuron: two answers for every edge."""
        fronts, behinds = self.by_layer(front), self.by_layer(behind)
        from_front, from_behind = [], []
        for level in range(len(self.sizes)):
            incoming = [fronts[level - 1].transpose(1, 2)] if level > 0 else []
            outgoing = [behinds[level]] if level < len(self.layers) else []
            query, key, value = torch.cat(incoming + outgoing, dim=2).chunk(3, dim=-1)
            answers = functional.scaled_dot_product_attention(query, key, value)
            fan_in = self.sizes[level - 1] if level > 0 else 0
            if incoming:
                from_front.append(answers[:, :, :fan_in].transpose(1, 2).flatten(1, 2))
            if outgoing:
                from_behind.append(answers[:, :, fan_in:].flatten(1, 2))
        return torch.cat(from_front, dim=1), torch.cat(from_behind, dim=1)

    def by_layer(self, features: Tensor) -> list[Tensor]:
        """(2, edges, features) as a (2, inputs, outputs, features) tensor per layer."""
        pieces = features.split(self.edges_per_layer, dim=1)
        return [piece.unflatten(1, layer) for piece, layer in zip(pieces, self.layers)]

    @staticmethod
    def channel(mean: Tensor, spread: Tensor, epsilon: Tensor, ignore_encoder: bool) -> tuple[Tensor, Tensor]:
        """The sample (edges, 4) that both sides receive, and KL(q‖p) per edge."""
        (mean_q, mean_p), (log_q, log_p) = mean, 5 * torch.tanh(spread / 5)
        kl = log_p - log_q + ((2 * (log_q - log_p)).exp() + ((mean_q - mean_p) / log_p.exp()) ** 2 - 1) / 2
        side = 1 if ignore_encoder else 0
        return mean[side] + (log_p if ignore_encoder else log_q).exp() * epsilon, kl.sum(-1)

    def parameters_from(self, readout: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Weight, and bias averaged over input neurons, per layer, out of (edges, 2)."""
        pieces = [p.unflatten(0, layer) for p, layer in zip(readout.split(self.edges_per_layer), self.layers)]
        return [(piece[..., 0], piece[..., 1].mean(0)) for piece in pieces]


class ParetoHypernetwork(nn.Module):
    """Hyperweights from β, the MLP from hyperweights, and log(L + β·KL) on a batch (appendix B.2.2).

    Parameters are `first`, `second`, `to_a` and `to_b`, linear layers; `load_state_dict` takes given ones.
    """

    def __init__(self, sizes: tuple[int, ...] = (16, 48, 1), hyperdepth: int = 4):
        super().__init__()
        self.hypernetwork = AttentionalHypernetwork(sizes, hyperdepth)
        initial, scale = self.initial_hyperweights()
        self.first, self.second = nn.Linear(1, 100), nn.Linear(100, 10)
        self.to_a, self.to_b = nn.Linear(10, len(initial)), nn.Linear(10, len(initial))
        bound = 2 * math.sqrt(3)
        with torch.no_grad():
            self.first.weight.uniform_(-bound, bound)
            self.first.bias.uniform_(-bound, bound)
            self.second.weight.normal_(0, 1 / math.sqrt(100))
            self.second.bias.zero_()
            # sigmoid(0) = 1/2, so that a starts at twice the hyperweights.
            self.to_a.weight.copy_(0.2 * scale[:, None] * torch.randn_like(self.to_a.weight))
            self.to_a.bias.copy_(2 * initial)
            self.to_b.weight.normal_(0, 0.1)
            self.to_b.bias.zero_()

    def initial_hyperweights(self) -> tuple[Tensor, Tensor]:
        """A draw of all hyperweights, flat, and the standard deviation that each was drawn with."""
        initial, scale = [], []
        *linears, learned, readout_weight, readout_bias = self.hypernetwork.shapes
        for shape in [*linears, learned, readout_weight, readout_bias]:
            std = {1: 0.1, 2: 1 / math.sqrt(HYPERFEATURES), 3: 1.0}[len(shape)]
            values = std * torch.randn(shape)
            if shape == (LINEAR_OUTPUTS,):
                values[-CHANNEL:] = -2.0  # channels start with high capacity: closed ones hardly recover
            initial.append(values.flatten())
            scale.append(torch.full((values.numel(),), std))
        return torch.cat(initial), torch.cat(scale)

    def hyperweights(self, beta: Tensor) -> Tensor:
        """The flat vector a·sigmoid(b) at β, a scalar tensor."""
        condition = ((torch.log10(beta) + 6) / 6 * math.sqrt(3)).reshape(1)
        hidden = functional.silu(self.second(functional.silu(self.first(condition))))
        return self.to_a(hidden) * torch.sigmoid(self.to_b(hidden))

    def forward(
        self, beta: Tensor, x: Tensor, target: Tensor, noise: Tensor, channel_noise: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Objective, loss and KL in nats.

        Args:
            beta: the price of complexity, ().
            x: (batch, inputs).
            target: (batch, outputs).
            noise: (hyperdepth, 2, edges, 5).
            channel_noise: (hyperdepth, edges, 4).
        """
        parameters, ledger = self.hypernetwork(self.hyperweights(beta), noise, channel_noise)
        *hidden_layers, (weight, bias) = parameters
        for hidden_weight, hidden_bias in hidden_layers:
            x = functional.silu(x @ hidden_weight + hidden_bias)
        loss = functional.mse_loss(x @ weight + bias, target)
        kl = ledger.sum()
        return torch.log(loss + beta * kl), loss, kl


class Trainer:
    """Trains on the standardised L1 norm, β log-uniform on [1e-12, 1], one β per step.

    Args:
        sizes: widths of the MLP, from input to output.
        batch: inputs per step.
        learning_rate: of Adam.
        seed: of all of PyTorch's random numbers.
        compiled: whether objective and gradient are compiled by `torch.compile`.
    """

    def __init__(
        self,
        sizes: tuple[int, ...] = (16, 48, 1),
        batch: int = 256,
        learning_rate: float = 3e-4,
        seed: int = 0,
        compiled: bool = False,
    ):
        torch.manual_seed(seed)
        self.batch, self.inputs = batch, sizes[0]
        self.model = ParetoHypernetwork(sizes)
        self.objective = torch.compile(self.model) if compiled else self.model
        self.optimiser = torch.optim.Adam(self.model.parameters(), learning_rate)

    def train_step(self) -> tuple[Tensor, Tensor, Tensor]:
        """One step of Adam on noise and a batch of its own. Returns objective, loss and KL, detached."""
        generator = self.model.hypernetwork
        beta = 10 ** (-12 * torch.rand(()))
        x = torch.randn(self.batch, self.inputs)
        mean, variance = self.inputs * math.sqrt(2 / math.pi), self.inputs * (1 - 2 / math.pi)
        target = (x.abs().sum(1, keepdim=True) - mean) / math.sqrt(variance)
        noise = torch.randn(generator.hyperdepth, 2, generator.edges, NOISE)
        channel_noise = torch.randn(generator.hyperdepth, generator.edges, CHANNEL)
        objective, loss, kl = self.objective(beta, x, target, noise, channel_noise)
        self.optimiser.zero_grad()
        objective.backward()
        self.optimiser.step()
        return objective.detach(), loss.detach(), kl.detach()


def milliseconds_per_step(trainer: Trainer, steps: int = 5, repeats: int = 60) -> list[float]:
    """Mean milliseconds per step of each repeat, after five steps that are not counted.

    Repeats are short, so that their minimum can fall between what else the machine does.
    """
    for _ in range(5):
        trainer.train_step()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(steps):
            trainer.train_step()
        times.append((time.perf_counter() - start) / steps * 1e3)
    return times


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    start = time.perf_counter()
    trainer = Trainer(compiled=arguments.compile)
    trainer.train_step()
    first = time.perf_counter() - start
    times = milliseconds_per_step(trainer)
    way = "compiled" if arguments.compile else "eager"
    print(
        f"PyTorch {torch.__version__} {way}, {arguments.threads} threads: minimum {min(times):.1f} ms, "
        f"median {statistics.median(times):.1f} ms per step; first step after {first:.1f} s"
    )
