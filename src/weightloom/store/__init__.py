"""Runs on disk, and networks for other programs. Nothing here knows what a run is about."""

from weightloom.store.atomic import write_file as write_file
from weightloom.store.export import export as export
from weightloom.store.run_folder import RunFolder as RunFolder
from weightloom.store.tensors import load_tree as load_tree, save_tree as save_tree
