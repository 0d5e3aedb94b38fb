"""Tasks: the functions that generated networks learn to compute, one file per member."""

from weightloom.discovery.tasks.base import Task as Task
from weightloom.discovery.tasks.l1 import l1 as l1
from weightloom.discovery.tasks.l2 import l2 as l2
from weightloom.discovery.tasks.load import load_task as load_task
from weightloom.discovery.tasks.max import max as max
from weightloom.discovery.tasks.max_abs import max_abs as max_abs
from weightloom.discovery.tasks.median import median as median
from weightloom.discovery.tasks.product import product as product
from weightloom.discovery.tasks.sum_of_squares import sum_of_squares as sum_of_squares
from weightloom.discovery.tasks.table import TASKS as TASKS
