"""The three tasks in hypnettorch 0.0.4, as its tutorial and its example `hypercl` have it.

Its own networks take 28 × 28 images or vectors. `torch.func.functional_call` runs any network on what its hypernetworks
return, in fewer lines than a class with its interface of main networks.
"""

import torch
import torch.nn.functional as F
from hypnettorch.hnets import HMLP
from hypnettorch.utils import hnet_regularizer as hreg
from tasks import CODE, HIDDEN, PAIRS, strength
from torch.func import functional_call
from torch_parts import ConvNet, batches


def rotation(seed, steps, rate):
    torch.manual_seed(seed)
    network = ConvNet(10)
    names, weights = zip(*network.named_parameters())
    shapes = [list(weight.shape) for weight in weights]
    hnet = HMLP(shapes, uncond_in_size=2, cond_in_size=0, num_cond_embs=0, layers=[HIDDEN], verbose=False)
    hnet.apply_hyperfan_init()

    def predict(angle, x):
        return functional_call(network, dict(zip(names, hnet.forward(uncond_input=angle[None]))), x)

    optimiser = torch.optim.Adam(hnet.parameters(), lr=rate)
    for angle, x, y in batches("rotation", seed, steps):
        loss = F.cross_entropy(predict(angle, x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return predict


def continual(seed, steps, rate, beta):
    torch.manual_seed(seed)
    network = ConvNet(2)
    names, weights = zip(*network.named_parameters())
    shapes = [list(weight.shape) for weight in weights]
    hnet = HMLP(shapes, cond_in_size=CODE, num_cond_embs=PAIRS, layers=[HIDDEN], verbose=False)
    hnet.apply_hyperfan_init()

    def predict(number, x):
        return functional_call(network, dict(zip(names, hnet.forward(cond_id=number))), x)

    for number in range(PAIRS):
        targets = hreg.get_current_targets(number, hnet) if number > 0 else None
        optimiser = torch.optim.Adam(hnet.parameters(), lr=rate)
        for x, y in batches("continual", number, seed, steps):
            loss = F.cross_entropy(predict(number, x), y)
            if number > 0:
                loss = loss + beta * hreg.calc_fix_target_reg(hnet, number, targets=targets)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return predict


def sweep(seed, steps, rate):
    torch.manual_seed(seed)
    network = ConvNet(10)
    names, weights = zip(*network.named_parameters())
    shapes = [list(weight.shape) for weight in weights]
    hnet = HMLP(shapes, uncond_in_size=1, cond_in_size=0, num_cond_embs=0, layers=[HIDDEN], verbose=False)
    hnet.apply_hyperfan_init()

    def predict(u, x):
        return functional_call(network, dict(zip(names, hnet.forward(uncond_input=u[None]))), x)

    optimiser = torch.optim.Adam(hnet.parameters(), lr=rate)
    for u, x, y in batches("sweep", seed, steps):
        weights = hnet.forward(uncond_input=u[None])
        loss = F.cross_entropy(functional_call(network, dict(zip(names, weights)), x), y)
        loss = loss + strength(u[0]) / 2 * sum(weight.square().sum() for weight in weights)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return predict
