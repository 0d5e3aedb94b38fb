"""The interface of methods: ways to obtain networks that compute a task."""

import abc
from typing import Any, ClassVar

from jaxtyping import PyTree

from weightloom.discovery.config import Config
from weightloom.discovery.network import Network
from weightloom.discovery.tasks import Task
from weightloom.training import Program


class Method(abc.ABC):
    """One way of training: what the loop runs, and how networks come out of what it keeps."""

    name: ClassVar[str]

    @abc.abstractmethod
    def program(self, config: Config, task: Task) -> Program:
        """What the training loop runs.

        Args:
            config: the run's.
            task: what the networks compute.
        """

    @abc.abstractmethod
    def kept(self, config: Config) -> PyTree[Any]:
        """Shapes of what a run keeps of one measured step, with a leading axis of seeds.

        Args:
            config: the run's.
        """

    @abc.abstractmethod
    def network(
        self,
        config: Config,
        kept: PyTree[Any],
        seed: int,
        beta: float,
        sizes: tuple[int, ...],
        draw: int,
        encoder: bool,
    ) -> Network:
        """A network from what was kept, as `weightloom.Run.network` describes it.

        Args:
            config: the run's.
            kept: what the run keeps of the step.
            seed: one of the run's seeds.
            beta: the price of complexity.
            sizes: of the network.
            draw: numbers the generation key.
            encoder: False ignores the encoder.

        Raises:
            InputError: if the method has no such network.
        """
