"""Shallow water on the rotating Earth: jets that break up, by the spectral solver of dinosaur (extra `pde`).

Values come close to the data of Yin et al. (ICLR 2023) and are not the same: they were computed by Dedalus, on a finer
grid, and scaled otherwise.
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
    """A barotropically unstable jet with a bump on it, of random speed (Galewsky et al., Tellus A 2004).

    The jet blows eastward between 26° and 64° north, at 60 to 80 m/s at its middle, in balance with the height of the
    water. The bump, of 120 m, upsets the balance, and the jet breaks into vortices within some days. Fields are height
    above its mean in km, and vorticity per hour, on a Gaussian grid of latitudes from south to north by longitudes from
    0° eastward. Spherical harmonics go up to two thirds of what the grid holds.
    """

    frame: float = setting(1.0, "Hours between frames.", gt=0)
    burn_in: int = 160
    step: float = setting(
        1 / 6,
        "Length of a time step, hours, on grids up to 64 latitudes; shorter on finer ones.",
        gt=0,
    )

    name: ClassVar[str] = "shallow-water"
    channels: ClassVar[tuple[str, ...]] = ("height", "vorticity")
    usual_trajectories: ClassVar[int] = 10
    usual_frames: ClassVar[int] = 160

    speeds: ClassVar[tuple[float, float]] = (60.0, 80.0)

    def start(self, key: Key[Array, ""], grid: int) -> PyTree[Array]:
        """A state of dinosaur's: the balanced jet and the bump."""
        return jet(jax.random.uniform(key, (), jnp.float32, *self.speeds), grid)

    def advance(self, state: PyTree[Array], grid: int) -> PyTree[Array]:
        """The state one frame later: implicit for gravity waves, explicit for the flow, the finest modes damped.

        Steps take turns with the damping, so that the whole is of order 1 in time.
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
        """Height above its mean, km, and vorticity per hour."""
        coordinates, specs = _solver(grid)
        to_nodal = coordinates.horizontal.to_nodal
        height = to_nodal(state.potential)[0] / specs.g * EARTH_RADIUS
        vorticity = to_nodal(state.vorticity)[0] * _hour(specs)
        return jnp.stack([height.T, vorticity.T], -1)

    def coordinates(self, grid: int) -> Float[np.ndarray, "latitude longitude 3"]:
        """Points of the unit sphere, (x, y, z), z being the north; see `PDE.coordinates`."""
        check_grid(grid)
        horizontal = _solver(grid)[0].horizontal
        longitude, sine = (axis.T for axis in horizontal.nodal_mesh)
        cosine = np.sqrt(1 - sine**2)
        return np.stack([cosine * np.cos(longitude), cosine * np.sin(longitude), sine], -1)


def jet(speed: Float[Array, ""] | float, grid: int, bump: float = 120.0) -> PyTree[Array]:
    """A balanced jet and a bump of the height on it, as a state of dinosaur's.

    Args:
        speed: at the jet's middle, m/s.
        grid: latitudes of the grid.
        bump: its height, m; without one the jet is steady.
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
    # Without the bump's mean, so that heights are above their mean.
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
    """Simulates jets on the rotating Earth that break up; needs `pip install "weightloom[pde]"`.

    Args:
        trajectories: how many to simulate.
        frames: of each trajectory.
        grid: latitudes; there are twice as many longitudes.
        key: all random starts come from it.
        frame: hours between frames.
        step: length of a time step, hours, on grids up to 64 latitudes; shorter on finer ones.
        burn_in: frames that are simulated first and dropped.
        progress: told after each frame how many frames there are and how many there will be.

    Returns:
        Height above its mean, km, and vorticity per hour, shape (trajectory, time, latitude, longitude, 2), at points
        (x, y, z) of the unit sphere.

    Raises:
        InputError: if a number cannot be used, or dinosaur is not installed.

    Examples:
        >>> from weightloom.fields import shallow_water
        >>> shallow_water(trajectories=1, frames=2, grid=16, burn_in=0)
        <Trajectories: 1 trajectories of 2 frames, grid 16 × 32, channels height, vorticity>
    """
    law = ShallowWater(frame=frame, burn_in=burn_in, step=step)
    return law.simulate(trajectories, frames, grid, key, progress)


@functools.cache
def _solver(grid: int) -> tuple[Any, Any]:
    """Dinosaur's grid of one layer, and the Earth's numbers in its units, where the radius is 1."""
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
            # On import it touches a name that JAX is about to move; that is nothing to a user of ours.
            warnings.simplefilter("ignore", DeprecationWarning)
            return importlib.import_module("dinosaur")
    except ImportError as error:
        raise InputError('shallow-water needs dinosaur: pip install "weightloom[pde]".') from error
