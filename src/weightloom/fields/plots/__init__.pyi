from .forecast import (
    draw_errors as draw_errors,
    draw_forecast as draw_forecast,
    plot_errors as plot_errors,
    plot_forecast as plot_forecast,
)
from .movie import draw_movie as draw_movie
from .trajectories import plot_trajectories as plot_trajectories
