from ._descend import descend as descend, gradient_step as gradient_step
from ._fit import fit as fit
from .config import RunConfig as RunConfig, seeds_from as seeds_from
from .loop import Callback as Callback, Program as Program, Seed as Seed, Step as Step, train as train
from .optimisers import adam as adam, adam_by_part as adam_by_part
from .processes import open_for_training as open_for_training
from .randomness import Purpose as Purpose, key_for as key_for
from .run import BaseRun as BaseRun
from .runner import SAVE_EVERY as SAVE_EVERY, check_jax as check_jax, run_program as run_program
from .schedule import measured_steps as measured_steps
