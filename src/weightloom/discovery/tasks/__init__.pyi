from .base import Problem as Problem, Task as Task
from .bundled import (
    TASKS as TASKS,
    abs_difference as abs_difference,
    clipped_sum as clipped_sum,
    count_of_positives as count_of_positives,
    gini as gini,
    l1 as l1,
    l2 as l2,
    max as max,
    max_abs as max_abs,
    median as median,
    modular_sum as modular_sum,
    product as product,
    range as range,
    sign_parity as sign_parity,
    sort as sort,
    sum_of_squares as sum_of_squares,
    total_variation as total_variation,
)
from .distributions import (
    Bits as Bits,
    Distribution as Distribution,
    Normal as Normal,
    OneHot as OneHot,
    Sampler as Sampler,
    Signs as Signs,
    Uniform as Uniform,
)
from .load import as_task as as_task, load_task as load_task
