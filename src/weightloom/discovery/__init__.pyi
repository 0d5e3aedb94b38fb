from . import algorithms as algorithms, tasks as tasks
from ._compact import compact as compact
from ._discover import discover as discover
from ._extend import extend as extend
from ._generalisation import generalisation as generalisation
from ._order_parameters import OrderParameters as OrderParameters, order_parameters as order_parameters
from ._outcomes import outcomes as outcomes
from .classification import Classification as Classification, classify as classify
from .config import Config as Config
from .network import Network as Network
from .own_weights import load_network as load_network
from .pruning import prune as prune
from .reading import Reading as Reading, read as read
from .run import Run as Run
from .tasks import Task as Task
from .units import Units as Units
