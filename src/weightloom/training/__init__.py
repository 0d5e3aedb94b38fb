"""The one training loop of the package."""

from weightloom.training.carrying_out import SAVE_EVERY as SAVE_EVERY, carry_out as carry_out
from weightloom.training.config import RunConfig as RunConfig, hashable as hashable
from weightloom.training.loop import (
    Program as Program,
    Progress as Progress,
    Seed as Seed,
    Step as Step,
    train as train,
)
from weightloom.training.processes import open_for_training as open_for_training
from weightloom.training.randomness import Purpose as Purpose, key_for as key_for
from weightloom.training.schedule import measured_steps as measured_steps
