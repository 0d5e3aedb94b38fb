from ._table import METHODS as METHODS, find_method as find_method
from .base import Method as Method
