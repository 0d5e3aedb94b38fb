"""Discovery: families of networks over β, the algorithms they run, and what is known of both."""

from weightloom.discovery.classification import Classification as Classification, classify as classify
from weightloom.discovery.compact import compact as compact
from weightloom.discovery.config import Config as Config
from weightloom.discovery.discover import discover as discover
from weightloom.discovery.generalisation import generalisation as generalisation
from weightloom.discovery.network import Network as Network
from weightloom.discovery.order_parameters import (
    OrderParameters as OrderParameters,
    order_parameters as order_parameters,
)
from weightloom.discovery.outcomes import outcomes as outcomes
from weightloom.discovery.pruning import prune as prune
from weightloom.discovery.run import Run as Run
from weightloom.discovery.tasks import Task as Task
