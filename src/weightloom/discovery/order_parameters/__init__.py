"""Order parameters α₁, α₂ and α₃ of Liao et al. 2023, eqs. 5–7, one file each."""

from weightloom.discovery.order_parameters.base import Reading as Reading
from weightloom.discovery.order_parameters.double_sidedness import double_sidedness as double_sidedness
from weightloom.discovery.order_parameters.seed_dependence import seed_dependence as seed_dependence
from weightloom.discovery.order_parameters.strongest_connection import (
    strongest_connection as strongest_connection,
)
from weightloom.discovery.order_parameters.table import (
    OrderParameters as OrderParameters,
    order_parameters as order_parameters,
)
