from .config import RunConfig as RunConfig, hashable as hashable
from .loop import Program as Program, Progress as Progress, Seed as Seed, Step as Step, train as train
from .processes import open_for_training as open_for_training
from .randomness import Purpose as Purpose, key_for as key_for
from .runner import SAVE_EVERY as SAVE_EVERY, carry_out as carry_out
from .schedule import measured_steps as measured_steps
