from ._double_sidedness import double_sidedness as double_sidedness
from ._seed_dependence import seed_dependence as seed_dependence
from ._strongest_connection import strongest_connection as strongest_connection
from .base import Reading as Reading
from .table import OrderParameters as OrderParameters, order_parameters as order_parameters
