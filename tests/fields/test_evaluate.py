"""The table of errors: against plain NumPy, for every model, with and without the baselines."""

import jax
import numpy as np
import pytest

from weightloom.errors import InputError
from weightloom.fields import Trajectories, heat
from weightloom.fields._evaluate import evaluate, horizons
from weightloom.fields._fit import fit
from weightloom.fields._sensor_mask import sensor_mask
from weightloom.fields.models import MODELS, ContinuousPOD, DINo, HypernetworkInTime, MeanField, Persistence

# A rate at which DINo's validation error goes up and down; and of two seeds, as users train it.
SMALL = {
    "dino": DINo(
        code=3, decoder_width=4, decoder_layers=1, dynamics=(4,), points=8, trajectories=2, dynamics_learning_rate=1.0
    ),
    "continuous-pod": ContinuousPOD(modes=3, quadratic=2, highest=2),
    "hypernetwork-in-time": HypernetworkInTime(code=3, hidden=(), widths=(4,), points=8, trajectories=2, fit_steps=2),
}
OTHERS = {"persistence", "mean-field", "pod-linear", "pod-quadratic"}
FITTED_FRAMES = 3


@pytest.fixture(scope="module")
def data():
    return heat(6, frames=5, grid=8)


@pytest.fixture(scope="module", autouse=True)
def compiled(tmp_path_factory):
    """A folder of all programs that this module's tests hand to the compiler."""
    folder = tmp_path_factory.mktemp("compiled")
    jax.config.update("jax_dump_ir_to", str(folder))
    jax.config.update("jax_dump_ir_modes", "stablehlo")
    yield folder
    jax.config.update("jax_dump_ir_to", "")


@pytest.fixture(scope="module")
def fitted(data, tmp_path_factory):
    """A run of each model, by its name; made when it is asked for."""
    folder, made = tmp_path_factory.mktemp("runs"), {}

    def run_of(name):
        if name not in made:
            model = SMALL.get(name, MODELS[name]())
            length = {
                "dino": {"seeds": 2, "steps": 12, "checkpoints": 6},
                "hypernetwork-in-time": {"steps": 2, "checkpoints": 1},
            }
            made[name] = fit(
                data, model, out=folder / name, observed=0.5, in_frames=FITTED_FRAMES, test=2, **length.get(name, {})
            )
        return made[name]

    return run_of


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if name in ("dino", "hypernetwork-in-time") else name
        for name in MODELS
    ],
)
def test_every_model_stands_once_beside_the_baselines(fitted, data, name):
    run = fitted(name)
    table = evaluate(run, data=data)
    assert table.model.values[0] == run.model.label
    assert sorted(table.model.values.tolist()) == sorted({run.model.label} | OTHERS)
    assert table.attrs["left_out"] == []
    assert np.isfinite(table.mse).all()
    assert table.in_t.values.tolist() == [True] * FITTED_FRAMES + [False] * 2


@pytest.mark.slow
def test_every_product_is_asked_for_in_full_precision(fitted, data, compiled):
    """Of training, measuring, forecasting and the baselines' fits; only a GPU rounds factors otherwise."""
    for name in MODELS:
        evaluate(fitted(name), data=data, baselines=name == "mean-field")
    lines = [line for program in compiled.iterdir() for line in program.read_text().splitlines()]
    products = [line for line in lines if "stablehlo.dot_general" in line]
    assert len(products) > 10
    assert not [line for line in products if "precision = [HIGHEST, HIGHEST]" not in line]


def test_errors_of_persistence_are_those_of_plain_numpy(fitted, data):
    """Where the first frame is observed nothing but its own value is forecast."""
    run = fitted("persistence")
    seen = sensor_mask(data, 0.5, run.config.mask_key)[0]
    truth = data.at_points[4:].astype(float)
    table = evaluate(run, data=data, baselines=False).isel(model=0, seed=0)
    found = run.forecast_many(
        data.at_points[4:, 0], times=data.times, points=data.points, at=data.points, mask=seen
    ).astype(float)
    np.testing.assert_allclose(
        found[:, :, seen], np.broadcast_to(truth[:, :1, seen], found[:, :, seen].shape), rtol=1e-4, atol=1e-7
    )
    for where, chosen in {"In-s": seen, "Out-s": ~seen, "all": seen | ~seen}.items():
        wrong = ((found - truth)[:, :, chosen] ** 2).mean(axis=(0, 2, 3))
        np.testing.assert_allclose(table.mse.sel(where=where), wrong, rtol=1e-5, atol=1e-15)
    norms = np.sqrt((truth[..., 0] ** 2).sum(axis=2).mean(axis=1))
    errors = np.sqrt(((found - truth)[..., 0] ** 2).sum(axis=2)) / norms[:, None]
    np.testing.assert_allclose(table.relative_l2.sel(where="all"), errors.mean(axis=0), rtol=1e-5, atol=1e-9)


def test_other_sensors_and_shares_change_what_is_seen(fitted, data):
    run = fitted("persistence")
    own, moved, more = (
        evaluate(run, data=data, baselines=False, **options).mse.sel(where="all").values
        for options in ({}, {"mask_key": 7}, {"observed": 1.0})
    )
    assert not np.array_equal(own, moved)
    assert more[..., 0].max() < 1e-12 < own[..., 0].min()


def test_a_field_that_rests_at_first_has_a_relative_error(tmp_path):
    """A truth of 0 in one frame, and in all frames of one channel."""
    values = np.zeros((3, 4, 5, 2))
    values[:, 1:, :, 0] = np.arange(1, 4)[:, None]
    data = Trajectories(values, np.arange(4.0), np.linspace(0, 1, 5)[:, None], ("height", "nothing"))
    run = fit(data, Persistence(), out=tmp_path / "run", in_frames=2, test=1)
    table = evaluate(run, data=data, baselines=False)
    size = np.sqrt((1 + 4 + 9) / 4)
    expected = [np.arange(4) / size]
    np.testing.assert_allclose(table.relative_l2.sel(where="all")[0], expected, rtol=1e-6)


def test_baselines_that_cannot_be_fitted_are_left_out_with_their_reason(data, tmp_path):
    single = data.frames([0])
    table = evaluate(fit(single, MeanField(), out=tmp_path / "run", test=2), data=single)
    assert set(table.model.values.tolist()) == {"mean-field", "persistence"}
    reasons = table.attrs["left_out"]
    assert [reason.split()[0] for reason in reasons] == ["pod-linear", "pod-quadratic"]
    assert all("is left out: " in reason and "at least 2 frames" in reason for reason in reasons)


def test_the_horizon_is_a_time_and_not_a_number_of_frames(fitted, data):
    run = fitted("persistence")
    table = evaluate(run, data.select([4, 5]).frames([0, 2, 4]), baselines=False)
    assert table.in_t.values.tolist() == [True, True, False]
    assert horizons(table).mse.sizes["horizon"] == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda data: {"channels": ("salt",)}, "the data have channels salt: give temperature"),
        (lambda data: {"coordinates": data.coordinates[..., :1]}, r"give positions of shape \(points, 2\)"),
        (lambda data: {"coordinates": data.coordinates + 5}, "64 of 64 positions lie outside the domain"),
    ],
)
def test_data_of_another_kind_are_refused(fitted, data, change, sentence):
    entries = {"values": data.values, "times": data.times, "coordinates": data.coordinates, "channels": data.channels}
    other = Trajectories(**(entries | change(data)))
    with pytest.raises(InputError, match=sentence):
        evaluate(fitted("persistence"), other, baselines=False)


def test_points_outside_the_domain_are_refused(fitted, data):
    run = fitted("mean-field")
    frame, edge = data.values[0, 0], data.points.max(axis=0) + 0.2  # the domain repeats 0.25 after the last point
    assert run.forecast(frame, points=edge[None], times=[0.0]).shape == (1, 1, 1)
    with pytest.raises(InputError, match=r"points: 1 of \d+ positions lie outside the domain, such as \[50.0, 0.0\]"):
        run.forecast(frame, points=np.array([[0.0, 0.0], [50.0, 0.0]]), times=[0.0])
    with pytest.raises(InputError, match="at: 64 of 64 positions lie outside the domain"):
        run.forecast(frame, at=data.points - 9, times=[0.0])


def stations(places):
    """A run on scattered points, which knows their mean field."""
    values = np.tile(np.arange(len(places), dtype=float), (2, 2, 1))[..., None]
    return Trajectories(values, np.arange(2.0), np.array(places, float), ("height",))


@pytest.mark.parametrize(
    ("places", "inside", "outside"),
    [
        ([[0.0], [0.1], [0.2], [10.0]], [[5.0]], [[-9.0], [19.0]]),
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 0, -1.0], [0.6, 0, 0.8]], [[0.0, 0, 0], [0.9, 0, 0]]),
    ],
    ids=["a line with a gap", "the sphere"],
)
def test_the_domain_of_scattered_points(tmp_path, places, inside, outside):
    run = fit(stations(places), MeanField(), out=tmp_path / "run", in_frames=2, validation=0)
    frame = np.arange(len(places), dtype=float)[:, None]
    assert run.forecast(frame, points=np.array(inside), times=[0.0]).shape == (1, len(inside), 1)
    with pytest.raises(InputError, match=rf"points: {len(outside)} of \d+ positions lie outside the domain"):
        run.forecast(frame, points=np.array(outside), times=[0.0])


@pytest.mark.slow
def test_runs_beside_one_another_have_the_rows_that_they_have_alone(fitted, data):
    runs = [fitted(name) for name in ("persistence", "hypernetwork-in-time")]
    alone = [evaluate(run, data=data, baselines=False).mse.isel(model=0) for run in runs]
    table = evaluate(runs[0], data=data, baselines=False, beside=runs[1:])
    assert table.model.values.tolist() == ["persistence", "hypernetwork-in-time, all-weights"]
    for row, errors in enumerate(alone):
        np.testing.assert_array_equal(table.mse.isel(model=row), errors)


def test_runs_of_one_model_are_told_apart_by_their_folders(fitted, data):
    run = fitted("persistence")
    table = evaluate(run, data=data, baselines=False, beside=[run])
    assert table.model.values.tolist() == 2 * [f"persistence ({run.path})"]


def test_a_run_on_other_data_cannot_stand_beside(fitted, data, tmp_path):
    other = fit(heat(6, frames=5, grid=8, key=1), Persistence(), out=tmp_path / "run", in_frames=3, test=2)
    with pytest.raises(
        InputError, match=r"cannot be compared with .* same data, test, windows, season with its validation, and number"
    ):
        evaluate(fitted("persistence"), data=data, beside=[other])


def test_the_runs_own_data_are_no_test(fitted, data):
    with pytest.raises(InputError, match=r"is the data of the fit: .* give these as .data."):
        evaluate(fitted("persistence"), data, baselines=False)


def test_baselines_need_the_runs_own_data(fitted, data):
    with pytest.raises(InputError, match=r"data in memory: give the data again\. Or evaluate without the baselines"):
        evaluate(fitted("persistence"), data.select([4, 5]))


@pytest.mark.slow
def test_forecasts_take_the_step_of_least_validation_error(fitted):
    run = fitted("dino")
    errors = run.measures.validation_mse.mean("time")
    best = [int(errors.step[errors.sel(seed=seed).values.argmin()]) for seed in (0, 1)]
    early = [seed for seed in (0, 1) if best[seed] < 12]
    assert early
    for seed, step in enumerate(best):
        for chosen, same in zip(jax.tree.leaves(run.parameters(seed)), jax.tree.leaves(run.parameters(seed, step))):
            np.testing.assert_array_equal(chosen, same)
    one, last = (jax.tree.leaves(run.parameters(early[0], step)) for step in (None, 12))
    assert not all(map(np.array_equal, one, last))
