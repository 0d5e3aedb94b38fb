from .base import Task as Task
from .bundled import (
    TASKS as TASKS,
    l1 as l1,
    l2 as l2,
    max as max,
    max_abs as max_abs,
    median as median,
    product as product,
    sum_of_squares as sum_of_squares,
)
from .load import as_task as as_task, load_task as load_task
