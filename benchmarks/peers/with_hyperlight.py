"""The three tasks in HyperLight 0.0.5, as its README has it: `hypernetize`, `HyperNet`, `using_externals`."""

import hyperlight as hl
import torch
import torch.nn.functional as F
from tasks import CODE, HIDDEN, PAIRS, strength
from torch import nn
from torch_parts import ConvNet, batches


def rotation(seed, steps, rate):
    torch.manual_seed(seed)
    network = ConvNet(10)
    network = hl.hypernetize(network, modules=list(network.children()))
    shapes = network.external_shapes()
    hypernetwork = hl.HyperNet(input_shapes={"angle": (2,)}, output_shapes=shapes, hidden_sizes=[HIDDEN], encoding=None)

    def predict(angle, x):
        with network.using_externals(hypernetwork(angle=angle)):
            return network(x)

    optimiser = torch.optim.Adam(hypernetwork.parameters(), lr=rate)
    for angle, x, y in batches("rotation", seed, steps):
        loss = F.cross_entropy(predict(angle, x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return predict


def continual(seed, steps, rate, beta):
    torch.manual_seed(seed)
    network = ConvNet(2)
    network = hl.hypernetize(network, modules=list(network.children()))
    shapes = network.external_shapes()
    hypernetwork = hl.HyperNet(
        input_shapes={"code": (CODE,)}, output_shapes=shapes, hidden_sizes=[HIDDEN], encoding=None
    )
    codes = nn.Parameter(torch.randn(PAIRS, CODE))

    def predict(number, x):
        with network.using_externals(hypernetwork(code=codes[number])):
            return network(x)

    for number in range(PAIRS):
        stored = {}
        if number > 0:
            with torch.no_grad():
                stored = hypernetwork(code=codes[:number])
        optimiser = torch.optim.Adam([*hypernetwork.parameters(), codes], lr=rate)
        for x, y in batches("continual", number, seed, steps):
            loss = F.cross_entropy(predict(number, x), y)
            if number > 0:
                weights = hypernetwork(code=codes[:number])
                loss = loss + beta / number * sum((weights[name] - stored[name]).square().sum() for name in stored)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return predict


def sweep(seed, steps, rate):
    torch.manual_seed(seed)
    network = ConvNet(10)
    network = hl.hypernetize(network, modules=list(network.children()))
    shapes = network.external_shapes()
    hypernetwork = hl.HyperNet(input_shapes={"u": (1,)}, output_shapes=shapes, hidden_sizes=[HIDDEN], encoding=None)

    def predict(u, x):
        with network.using_externals(hypernetwork(u=u)):
            return network(x)

    optimiser = torch.optim.Adam(hypernetwork.parameters(), lr=rate)
    for u, x, y in batches("sweep", seed, steps):
        weights = hypernetwork(u=u)
        with network.using_externals(weights):
            loss = F.cross_entropy(network(x), y)
        loss = loss + strength(u[0]) / 2 * sum(weight.square().sum() for weight in weights.values())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return predict
