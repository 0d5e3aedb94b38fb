from ._atlas import Atlas as Atlas, atlas as atlas
from .families import family as family, variant as variant
