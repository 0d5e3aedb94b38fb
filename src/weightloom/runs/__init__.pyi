from ._export import export as export
from .atomic import write_file as write_file
from .base import RunStore as RunStore
from .memory import MemoryRun as MemoryRun
from .run_folder import RunFolder as RunFolder
from .tensors import load_tree as load_tree, save_tree as save_tree
