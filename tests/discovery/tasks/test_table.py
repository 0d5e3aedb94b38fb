"""Tasks from data: which rows train and which are held out, units, files, and one sentence for bad data."""

import numpy as np
import pandas as pd
import pytest

import weightloom as wl
from tests.runs.example_run import file_bytes
from weightloom.discovery.tasks import Task, load_task, table
from weightloom.errors import InputError

EASY = {"method": "adam", "seeds": 1, "steps": 2, "checkpoints": 1, "batch": 8, "progress": False}
ROWS = 60


def frame(rows=ROWS):
    rng = np.random.default_rng(0)
    width, length = rng.uniform(10, 20, rows), rng.uniform(-3, 0, rows)
    kind = np.where(width + 3 * length > 10, "wide", "narrow")
    return pd.DataFrame({"width": width, "length": length, "area": 100 - 7 * width * length, "kind": kind})


DATA = frame()


def task_of(data=DATA, target="area", inputs=("width", "length"), **options):
    return Task.from_data(data[list(inputs)], data[target], **options)


def test_every_row_either_trains_or_is_held_out():
    problem = task_of(held_out=0.25).at(2)
    (x, y, held_x, held_y), units = map(np.asarray, problem.data), problem.units
    assert (len(x), len(held_x)) == (45, 15)
    rows = np.concatenate([x, held_x]) * units.input_std + units.input_mean
    targets = units.restored(np.concatenate([y, held_y])[:, None])[:, 0]
    order = rows[:, 0].argsort()
    np.testing.assert_allclose(rows[order], DATA[["width", "length"]].sort_values("width"), rtol=1e-5)
    np.testing.assert_allclose(targets[order], DATA.sort_values("width").area, rtol=1e-5)


def test_a_table_is_no_function_of_normal_inputs():
    assert wl.tasks.l1.is_normal
    assert not task_of().is_normal
    assert not task_of().is_norm(2)


def test_columns_are_standardised_by_the_training_part_alone():
    x, y, held_x, _ = map(np.asarray, task_of().at(2).data)
    for values in (x, y):
        np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(values.std(axis=0), 1, rtol=1e-5)
    assert abs(held_x.mean(axis=0)).max() > 1e-3


@pytest.mark.slow
def test_measured_losses_are_those_of_the_rows_held_out():
    task = task_of()
    run = wl.discover(task, (2, 3, 1), **EASY)
    _, _, x, y = map(np.asarray, task.at(2).data)
    network = run.network(0)
    assert run.measures.loss.item() == pytest.approx(np.mean((network(x)[:, 0] - y) ** 2), rel=1e-5)
    assert network.loss(task) == pytest.approx(run.measures.loss.item(), rel=1e-5)
    assert run.config.constant_loss == pytest.approx(y.var(), rel=1e-3)
    with pytest.raises(InputError, match="'data' is a user's table, which the run does not store"):
        wl.generalisation(run, 0, 1e-6)


@pytest.mark.slow
def test_a_hypernetwork_learns_from_data_better_than_a_constant():
    task = task_of(frame(400))
    options = EASY | {"method": "hypernetwork", "hyperdepth": 2, "measured_betas": 2, "steps": 300, "batch": 32}
    run = wl.discover(task, **options)  # sizes 2, 6, 1
    assert run.config.sizes == (2, 6, 1)
    assert run.table().r2.max() > 0.5


def test_a_network_in_units_takes_the_columns_and_gives_the_target():
    run = wl.discover(task_of(), (2, 3, 1), **EASY)
    network, units = run.network(0), run.config.units
    x = DATA[["width", "length"]].to_numpy()
    expected = network(units.standardised(x)) * DATA.area.std() + 0
    found = network.in_units()(x)
    np.testing.assert_allclose(found, units.restored(network(units.standardised(x))), rtol=1e-4)
    assert np.ptp(found) == pytest.approx(np.ptp(expected), rel=0.1)
    assert (units.inputs, units.outputs) == (("width", "length"), ("area",))
    assert network.in_units().in_units()(x) == pytest.approx(found)


def test_text_is_classes_and_several_columns_are_several_outputs():
    classes = task_of(target="kind")
    assert (classes.loss, classes.at(2).units.outputs) == ("cross-entropy", ("narrow", "wide"))
    share = np.mean(np.asarray(classes.at(2).data[1]))
    assert classes.standardisation(2)[0] == pytest.approx((1 - share, share))
    both = Task.from_data(DATA[["width"]], DATA[["length", "area"]])
    assert (both.outputs(1), both.default_sizes) == (2, (1, 3, 2))
    numbers = Task.from_data(DATA[["width"]], np.arange(ROWS) % 3, loss="cross-entropy", target="rest")
    assert numbers.at(1).units.outputs == ("0", "1", "2")
    assert Task.from_data(DATA[["width"]], DATA.area > 200).loss == "cross-entropy"


def test_arrays_have_numbered_names():
    task = Task.from_data(DATA[["width", "length"]].to_numpy(), DATA.area.to_numpy())
    assert (task.names, task.at(2).units.outputs) == (("x0", "x1"), ("y",))
    assert Task.from_data(DATA.width.to_numpy(), DATA.area.to_numpy()).names == ("x0",)


def test_other_data_are_another_run(tmp_path):
    wl.discover(task_of(), (2, 3, 1), out=tmp_path / "run", **EASY)
    assert wl.discover(task_of(), (2, 3, 1), out=tmp_path / "run", **EASY).complete
    with pytest.raises(InputError, match=r"config\.data is"):
        wl.discover(task_of(DATA.assign(area=DATA.area.round(3))), (2, 3, 1), out=tmp_path / "run", **EASY)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".npz"])
def test_files_of_each_kind_are_read_alike(tmp_path, suffix):
    path = tmp_path / f"boxes{suffix}"
    {
        ".csv": lambda: DATA.to_csv(path, index=False),
        ".tsv": lambda: DATA.to_csv(path, index=False, sep="\t"),
        ".parquet": lambda: DATA.to_parquet(path),
        ".npz": lambda: np.savez(
            path, width=DATA.width, length=DATA.length, area=DATA.area, kind=np.array(DATA.kind.tolist())
        ),
    }[suffix]()
    task = load_task(f"{path}:area", columns=["width", "length"])
    assert (task.name, task.source, task.names) == ("boxes", f"{path}:area", ("width", "length"))
    for found, own in zip(task.at(2).data, task_of().at(2).data):
        np.testing.assert_allclose(found, own, atol=1e-5)
    assert load_task(f"{path}:kind", columns=["width"]).loss == "cross-entropy"
    assert load_task(f"{path}:length,area", columns="width").names == ("width",)
    assert load_task(f"{path}:length,area", columns=["width"]).outputs(1) == 2


def test_a_matrix_in_an_npz_is_numbered_columns(tmp_path):
    np.savez(tmp_path / "a.npz", X=DATA[["width", "length"]].to_numpy(), y=DATA.area)
    assert load_task(f"{tmp_path / 'a.npz'}:y").names == ("X0", "X1")


def test_two_arrays_of_an_npz_with_one_name_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", X=DATA[["width", "length"]].to_numpy(), X1=DATA.width, y=DATA.area)
    with pytest.raises(InputError, match=r"a\.npz has two columns 'X1': rename one"):
        load_task(f"{tmp_path / 'a.npz'}:y")


def test_columns_without_a_name_may_be_several(tmp_path):
    (tmp_path / "a.csv").write_text("y,,\n" + "".join(f"{k},{k * k},{-k}\n" for k in range(20)))
    assert load_task(f"{tmp_path / 'a.csv'}:y").names == ("Unnamed: 1", "Unnamed: 2")


def test_the_fingerprint_is_of_columns_names_and_parts_alone(monkeypatch):
    task = task_of()
    changes = {"held_out": 0.5}, {"names": ("a", "b")}, {"target": "kind"}, {"data": DATA.assign(width=DATA.area)}
    assert len({task.fingerprint, *(task_of(**change).fingerprint for change in changes)}) == 5
    exact = table._moments
    monkeypatch.setattr(table, "_moments", lambda *given: tuple(part * (1 + 1e-15) for part in exact(*given)))
    again = task_of()
    assert (again.units == task.units, again.fingerprint == task.fingerprint) == (False, True)


def changed(**columns):
    return DATA.drop(columns="kind").assign(**columns)


def gap(column, value=np.nan):
    values = DATA[column].astype(object)
    values[7] = value
    return values


BAD = {
    "missing value": (changed(width=gap("width")), "column 'width' has 1 values that are missing .* first in row 8"),
    "missing target": (changed(area=gap("area")), "column 'area' has 1 values that are missing or not finite"),
    "infinite value": (changed(width=gap("width", np.inf)), "missing or not finite"),
    "text column": (DATA, "column 'kind' has text .* leave the column out, or encode it"),
    "text in a column": (changed(width=gap("width", "?")), r"column 'width' has text \('\?' in row 8\)"),
    "date": (changed(day=pd.Timestamp("2026-01-01")), "column 'day' has text"),
    "constant target": (changed(area=2.5), "target 'area' is constant: give one that varies"),
    "constant column": (changed(width=1e9), "column 'width' is constant: leave it out"),
    "one row": (changed()[:1], "1 row of data are too few: give at least 10 rows"),
    "no rows": (changed()[:0], "0 rows of data are too few"),
    "no inputs": (DATA[["area"]], "has no columns beside 'area'"),
    "no target": (DATA.drop(columns="area"), "has no column 'area': use one of"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_get_one_sentence_and_nothing_is_written(tmp_path, name):
    data, sentence = BAD[name]
    data.to_csv(tmp_path / "data.csv", index=False)
    before = file_bytes(tmp_path)
    with pytest.raises(InputError, match=sentence) as caught:
        wl.discover(f"{tmp_path / 'data.csv'}:area", out=tmp_path / "run", **EASY)
    assert "\n" not in str(caught.value)
    assert file_bytes(tmp_path) == before


@pytest.mark.parametrize("value", [None, np.nan, pd.NA])
def test_every_kind_of_missing_value_is_one(value):
    for data, target in ((changed(width=gap("width", value)), "area"), (DATA.assign(kind=gap("kind", value)), "kind")):
        with pytest.raises(InputError, match="has 1 values that are missing or not finite, the first in row 8"):
            task_of(data, target)
    masked = np.ma.masked_equal(DATA[["width", "length"]].to_numpy(), DATA.width[7])
    with pytest.raises(InputError, match="'x0' has 1 values that are missing or not finite, the first in row 8"):
        Task.from_data(masked, DATA.area)
    whole = DATA.assign(area=DATA.area.round().astype("Int64"), width=DATA.width.astype("Float64"))
    assert task_of(whole).outputs(2) == 1


@pytest.mark.parametrize(
    ("content", "text", "sentence"),
    [
        (None, "data.csv:area", "No such file"),
        ("", "data.csv:area", "cannot be read as a table"),
        ("a,b,a\n" + 20 * "1,2,3\n", "data.csv:b", "^data.csv has two columns 'a': rename one.$"),
        ('b\t"a"\ta\n' + 20 * "1\t2\t3\n", "data.tsv:b", "^data.tsv has two columns 'a': rename one.$"),
        ("area;width\n1;2\n", "data.csv:area", "has no column 'area'"),
        ("a,b\n1,2\n", "data.csv:", "names no target: give path/to/table.csv:column, with one of a, b"),
        ("PAR1", "data.parquet:a", "cannot be read as a table"),
        ("junk", "data.npz:a", "cannot be read as a table"),
    ],
)
def test_files_that_are_no_tables_get_one_sentence(tmp_path, monkeypatch, content, text, sentence):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / text.partition(":")[0]).write_text(content)
    with pytest.raises(InputError, match=sentence) as caught:
        load_task(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Task.from_data(np.ones((20, 2)), np.ones(19)), "do not fit: give"),
        (lambda: Task.from_data(np.ones((20, 2, 2)), np.ones(20)), "do not fit: give"),
        (lambda: Task.from_data([[1, 2], [3]], [1, 2]), r"^X \[\[1, 2\], \[3\]\] cannot be used: give an array"),
        (lambda: Task.from_data(np.ones((2, 1)), [[1], [1, 2]]), r"^y \[\[1\], \[1, 2\]\] cannot be used"),
        (lambda: task_of(names=3), "^names 3 cannot be used: give 2 different names.$"),
        (lambda: task_of(names=["a"]), "names .* cannot be used: give 2 different names"),
        (lambda: task_of(names=["a", "a"]), "give 2 different names"),
        (lambda: task_of(held_out=0.0), "held_out 0.0 cannot be used: give a share of the rows between 0 and 1"),
        (lambda: task_of(held_out=0.99), "leaves 1 row to train on"),
        (lambda: task_of(loss="hinge"), "loss 'hinge' is unknown"),
        (lambda: task_of(loss="cross-entropy"), "has 60 classes in 60 rows"),
        (lambda: task_of(inputs=("width", "area")), "column 'area' is an input and the target"),
        (lambda: task_of(target=["kind", "area"]), "cannot be classes"),
        (lambda: task_of().at(3), r"has 2 inputs \(width, length\): give sizes that start with 2, not 3"),
        (lambda: wl.discover(task_of(), distribution="bits"), "is a table, with its own rows and loss"),
        (lambda: load_task("l1", columns=["a"]), "is no table: leave out the columns"),
        (lambda: load_task("a.csv:b", distribution="bits"), "is a table, which has no distribution 'bits'"),
        (lambda: task_of().target(2), "has no values at other inputs than its rows"),
    ],
)
def test_arguments_that_do_not_fit_get_one_sentence(unchecked, make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()
