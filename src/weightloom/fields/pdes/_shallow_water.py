"""The shallow-water equations on the rotating Earth, solved by dinosaur (extra `pde`).

The data are similar to those of Yin et al. (ICLR 2023), but not the same: Yin et al. used Dedalus, a finer grid and
another scaling.
"""

import dataclasses
import functools
import importlib
import warnings
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key, PyTree

from weightloom._keys import AnyKey
from weightloom._settings import setting
from weightloom.errors import InputError
from weightloom.fields.pdes.base import PDE, Progress, check_grid
from weightloom.fields.trajectories import Trajectories

EARTH_RADIUS = 6371.22  # km
MEAN_HEIGHT = 10_000.0  # m


@dataclasses.dataclass(frozen=True)
class ShallowWater(PDE):
    """A barotropically unstable jet of random speed (Galewsky et al., Tellus A 2004).

    The jet is eastward, between 26° and 64° north, with a maximal speed of 60 to 80 m/s, and in balance with the height
    of the water. A perturbation of the height by 120 m makes it break into vortices within days. The fields are the
    height above its mean, in km, and the vorticity, per hour. The grid is Gaussian: latitudes from south to north,
    longitudes from 0° eastward. Spherical harmonics are dealiased by the 2/3 rule.
    """

    frame: float = setting(1.0, "Time between frames, in hours.", gt=0)
    burn_in: int = 160
    step: float = setting(
        1 / 6,
        "Time step, in hours, on grids of at most 64 latitudes. It is smaller on finer grids.",
        gt=0,
    )

    name: ClassVar[str] = "shallow-water"
    channels: ClassVar[tuple[str, ...]] = ("height", "vorticity")
    default_trajectories: ClassVar[int] = 10
    default_frames: ClassVar[int] = 160

    speeds: ClassVar[tuple[float, float]] = (60.0, 80.0)

    def start(self, key: Key[Array, ""], grid: int) -> PyTree[Array]:
        """The initial state: a balanced jet with a perturbation, as a state of dinosaur."""
        return jet(jax.random.uniform(key, (), jnp.float32, *self.speeds), grid)

    def advance(self, state: PyTree[Array], grid: int) -> PyTree[Array]:
        """Advances the state by one frame: implicitly for gravity waves, explicitly for advection.

        The finest modes are damped after each step. This splitting is of first order in time.
        """
        dinosaur = _dinosaur()
        coordinates, specs = _solver(grid)
        steps = int(np.ceil(self.frame / min(self.step, self.step * 64 / grid) - 1e-9))
        length = self.frame / steps * _hour(specs)
        mean = np.array([MEAN_HEIGHT / (1000 * EARTH_RADIUS) * specs.g])
        equations = dinosaur.shallow_water.ShallowWaterEquations(coordinates, specs, None, mean)
        finest = dinosaur.time_integration.exponential_step_filter(coordinates.horizontal, length)
        unfiltered = dinosaur.time_integration.imex_rk_sil3(equations, length)
        step = dinosaur.time_integration.step_with_filters(unfiltered, [finest])
        return jax.lax.scan(lambda now, _: (step(now), None), state, None, length=steps)[0]

    def fields(self, state: PyTree[Array], grid: int) -> Float[Array, "latitude longitude 2"]:
        """The height above its mean, in km, and the vorticity, per hour."""
        coordinates, specs = _solver(grid)
        to_nodal = coordinates.horizontal.to_nodal
        height = to_nodal(state.potential)[0] / specs.g * EARTH_RADIUS
        vorticity = to_nodal(state.vorticity)[0] * _hour(specs)
        return jnp.stack([height.T, vorticity.T], -1)

    def coordinates(self, grid: int) -> Float[np.ndarray, "latitude longitude 3"]:
        """Points (x, y, z) of the unit sphere, with the north pole at z = 1. See `PDE.coordinates`."""
        check_grid(grid)
        horizontal = _solver(grid)[0].horizontal
        longitude, sine = (axis.T for axis in horizontal.nodal_mesh)
        cosine = np.sqrt(1 - sine**2)
        return np.stack([cosine * np.cos(longitude), cosine * np.sin(longitude), sine], -1)


def jet(speed: Float[Array, ""] | float, grid: int, bump: float = 120.0) -> PyTree[Array]:
    """A balanced jet with a perturbation of the height, as a state of dinosaur.

    Args:
        speed: maximal speed of the jet, in m/s.
        grid: number of latitudes of the grid.
        bump: height of the perturbation, in m. With 0, the jet is steady.

    Raises:
        InputError: if dinosaur is not installed.
    """
    dinosaur, (coordinates, specs) = _dinosaur(), _solver(grid)
    states = dinosaur.shallow_water_states
    usual = jax.tree.map(specs.nondimensionalize, states.get_default_parameters())
    place = usual._replace(
        jet_max_velocity=usual.jet_max_velocity * speed / 80, bump_height_scale=usual.bump_height_scale * bump / 120
    )
    longitude, sine = coordinates.horizontal.nodal_mesh
    latitude = np.arcsin(sine)
    steady = states.multi_layer(states.get_zonal_velocity(latitude, place)[None], specs.densities, coordinates)
    height = states.get_height(longitude, latitude, place)
    raised = steady.potential + coordinates.horizontal.to_modal(height * specs.g)
    state = dinosaur.shallow_water.State(steady.vorticity, steady.divergence, raised)
    # Subtract the mean of the perturbation, so that heights are relative to their mean.
    state = jax.tree.map(coordinates.horizontal.clip_wavenumbers, state)
    return dataclasses.replace(state, potential=state.potential.at[:, 0, 0].set(0))


def shallow_water(
    trajectories: int = 10,
    frames: int = 160,
    grid: int = 64,
    key: AnyKey = 0,
    *,
    frame: float = ShallowWater.frame,
    step: float = ShallowWater.step,
    burn_in: int = ShallowWater.burn_in,
    progress: Progress | None = None,
) -> Trajectories:
    """Simulates the unstable jets of `ShallowWater` on the rotating Earth. Needs `pip install "weightloom[pde]"`.

    Args:
        trajectories: number of trajectories.
        frames: number of frames of each trajectory.
        grid: number of latitudes, even. There are twice as many longitudes.
        key: random key of the initial jets, a whole number or a JAX key.
        frame: time between frames, in hours.
        step: time step, in hours, on grids of at most 64 latitudes. It is smaller on finer grids.
        burn_in: number of frames to simulate and discard before the first frame.
        progress: function that is called after each frame with the numbers of finished frames and of all frames.

    Returns:
        The height above its mean, in km, and the vorticity, per hour, shape (trajectory, time, latitude, longitude, 2),
        at points (x, y, z) of the unit sphere.

    Raises:
        InputError: if an argument is invalid, or dinosaur is not installed.

    Examples:
        >>> from weightloom.fields import shallow_water
        >>> shallow_water(trajectories=1, frames=2, grid=16, burn_in=0)
        <Trajectories: 1 trajectories of 2 frames, grid 16 × 32, channels height, vorticity>
    """
    law = ShallowWater(frame=frame, burn_in=burn_in, step=step)
    return law.simulate(trajectories, frames, grid, key, progress)


@functools.cache
def _solver(grid: int) -> tuple[Any, Any]:
    """Dinosaur's grid with one layer, and the Earth's parameters in dinosaur's units, in which the radius is 1."""
    dinosaur = _dinosaur()
    horizontal = dinosaur.spherical_harmonic.Grid.construct(
        max_wavenumber=(2 * grid - 1) // 3, gaussian_nodes=grid // 2
    )
    layer = dinosaur.layer_coordinates.LayerCoordinates(1)
    system = dinosaur.coordinate_systems.CoordinateSystem(horizontal, layer)
    return system, dinosaur.shallow_water.ShallowWaterSpecs.from_si()


def _hour(specs: Any) -> float:
    return float(specs.nondimensionalize(1 * _dinosaur().scales.units.hour))


@functools.cache
def _dinosaur() -> Any:
    try:
        with warnings.catch_warnings():
            # Importing dinosaur raises a DeprecationWarning of JAX that users of weightloom cannot act on.
            warnings.simplefilter("ignore", DeprecationWarning)
            return importlib.import_module("dinosaur")
    except ImportError as error:
        raise InputError('shallow-water needs the package dinosaur: pip install "weightloom[pde]".') from error
