"""The tasks by name: a new member is one new file and one row here."""

from weightloom.discovery.tasks.base import Task
from weightloom.discovery.tasks.l1 import l1
from weightloom.discovery.tasks.l2 import l2
from weightloom.discovery.tasks.max import max
from weightloom.discovery.tasks.max_abs import max_abs
from weightloom.discovery.tasks.median import median
from weightloom.discovery.tasks.product import product
from weightloom.discovery.tasks.sum_of_squares import sum_of_squares

TASKS: dict[str, Task] = {task.name: task for task in (l1, l2, max, max_abs, sum_of_squares, median, product)}
