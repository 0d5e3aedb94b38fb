from ._drawn import Drawn as Drawn, drawn as drawn
from ._named import Named as Named, named as named
from ._read import Reading as Reading, read as read
from .canonical import Canonical as Canonical
from .deep import LayerReading as LayerReading, read_layers as read_layers
from .program import Program as Program, Role as Role
from .verdict import Verdict as Verdict
