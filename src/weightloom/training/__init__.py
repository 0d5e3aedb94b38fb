"""The one training loop of the package."""

from weightloom.training.loop import Program as Program, Progress as Progress, train as train
from weightloom.training.randomness import Purpose as Purpose, key_for as key_for
from weightloom.training.schedule import measured_steps as measured_steps
