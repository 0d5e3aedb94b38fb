from .base import Reading as Reading
from .double_sidedness import double_sidedness as double_sidedness
from .seed_dependence import seed_dependence as seed_dependence
from .strongest_connection import strongest_connection as strongest_connection
from .table import OrderParameters as OrderParameters, order_parameters as order_parameters
