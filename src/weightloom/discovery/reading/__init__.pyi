from ._read import Reading as Reading, read as read
from .canonical import Canonical as Canonical
from .drawn import Drawn as Drawn, drawn as drawn
from .named import Named as Named, named as named
from .program import Program as Program, Role as Role
from .verdict import Verdict as Verdict
