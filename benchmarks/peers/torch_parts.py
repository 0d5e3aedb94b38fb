"""What both PyTorch libraries share: the network whose weights are generated, and batches as tensors."""

from collections.abc import Iterator

import tasks
import torch
from torch import Tensor, nn


class ConvNet(nn.Module):
    """Two convolutions and a linear layer, 3,818 weights for ten classes."""

    def __init__(self, classes: int):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.linear = nn.Linear(256, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.conv2(torch.relu(self.conv1(x))))
        return self.linear(x.flatten(1))


def batches(task: str, *arguments: int) -> Iterator[tuple[Tensor, ...]]:
    """Batches of a task as tensors."""
    for batch in tasks.batches(task, *arguments):
        *inputs, labels = map(torch.from_numpy, batch)
        yield *inputs, labels.long()


def from_numpy(predict):
    """A function of tensors as one of arrays."""

    def call(condition, x):
        with torch.no_grad():
            condition = condition if isinstance(condition, int) else torch.from_numpy(condition)
            return predict(condition, torch.from_numpy(x)).numpy()

    return call
