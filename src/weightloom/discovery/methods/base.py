"""The interface of training methods."""

import abc
from typing import Any, ClassVar

from jaxtyping import PyTree

from weightloom.discovery.config import Config
from weightloom.discovery.network import Network
from weightloom.discovery.tasks import Task
from weightloom.training import Program
from weightloom.training.resources import Cost


class Method(abc.ABC):
    """A training method: its program, and how to get networks from the stored parameters."""

    name: ClassVar[str]

    @abc.abstractmethod
    def program(self, config: Config, task: Task) -> Program:
        """Make the program that the training loop runs.

        Args:
            config: the run's config.
            task: the task.

        Returns:
            The program.
        """

    @abc.abstractmethod
    def parameter_shapes(self, config: Config) -> PyTree[Any]:
        """The shapes of the stored parameters of one step, with a leading axis of seeds.

        Args:
            config: the run's config.

        Returns:
            A pytree of `jax.ShapeDtypeStruct`.
        """

    @abc.abstractmethod
    def cost(self, config: Config) -> Cost:
        """Estimate what the training of one seed takes.

        Args:
            config: the run's config.

        Returns:
            Bytes of parameters, state and temporary arrays, and operations of one step.
        """

    @abc.abstractmethod
    def restart(self, config: Config, kept: PyTree[Any]) -> PyTree[Any]:
        """The training state that starts from stored parameters, with moments of 0.

        Args:
            config: the config of the training that starts.
            kept: the stored parameters of one step, with a leading axis of seeds.

        Returns:
            The state of `program`, with a leading axis of seeds.
        """

    @abc.abstractmethod
    def network(
        self,
        config: Config,
        stored: PyTree[Any],
        seed: int,
        beta: float,
        sizes: tuple[int, ...],
        draw: int,
        encoder: bool,
    ) -> Network:
        """Get a network from the stored parameters, as `weightloom.Run.network` does.

        Args:
            config: the run's config.
            stored: the stored parameters of the step, with a leading axis of seeds.
            seed: one of the run's seeds.
            beta: the price of complexity.
            sizes: the widths of the network.
            draw: the index of the generation key.
            encoder: False generates the network without the encoder.

        Returns:
            The network.

        Raises:
            InputError: if the method has no such network.
        """
