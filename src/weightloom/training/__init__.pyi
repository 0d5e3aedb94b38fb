from .config import RunConfig as RunConfig, seeds_from as seeds_from
from .loop import Callback as Callback, Program as Program, Seed as Seed, Step as Step, train as train
from .processes import open_for_training as open_for_training
from .randomness import Purpose as Purpose, key_for as key_for
from .run import BaseRun as BaseRun, listed as listed
from .runner import SAVE_EVERY as SAVE_EVERY, run_program as run_program
from .schedule import measured_steps as measured_steps
