from .config import RunConfig as RunConfig, hashable as hashable
from .descend import descend as descend, updated as updated
from .loop import Program as Program, Progress as Progress, Seed as Seed, Step as Step, train as train
from .optimisers import adam as adam, adam_by_part as adam_by_part
from .processes import open_for_training as open_for_training
from .randomness import Purpose as Purpose, key_for as key_for
from .runner import SAVE_EVERY as SAVE_EVERY, carry_out as carry_out
from .schedule import measured_steps as measured_steps
