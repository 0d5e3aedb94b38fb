"""The cells of a similarity table: one text for the terminal, the page and the figure."""

import numpy as np
import pytest

import weightloom as wl
from tests.plotting import similarity_table
from weightloom.similarity.cells import COLUMNS, SIGNIFICANT, cells, format_for, headings
from weightloom.similarity.page import report_similarity


def test_every_cell_has_the_tables_numbers():
    table = similarity_table()
    found = cells(table.transpose("b", "score", "a"))
    assert len(found) == 3 * 4 * 4
    for cell in found:
        row = table.sel(score=cell.score, a=cell.a, b=cell.b)
        assert list(cell.numbers) == [name for name in COLUMNS if name in table]
        np.testing.assert_array_equal(list(cell.numbers.values()), [float(row[name]) for name in cell.numbers])


@pytest.mark.parametrize(
    ("value", "p", "form", "text"),
    [
        (0.1234, 0.001, ".3g", "0.123"),
        (0.1234, SIGNIFICANT, ".2f", "0.12"),
        (0.1234, np.nextafter(SIGNIFICANT, 1), ".3g", "(0.123)"),
        (1.2e-5, 0.3, ".1e", "(1.2e-5)"),
        (1.2e12, 0.0, ".1e", "1.2e12"),
        (-0.001, 0.0, ".2f", "0.00"),
        (np.nan, 0.0, ".2f", "undefined"),
    ],
)
def test_doubt_is_in_parentheses(value, p, form, text):
    table = similarity_table(encoders=1, scores=1)
    [cell] = cells(table.assign(value=table.value * 0 + value, p=table.p * 0 + p))
    assert cell.text(form) == text


@pytest.mark.parametrize(
    ("values", "form"), [([0.0, 0.5], ".2f"), ([0.0], ".2f"), ([0.01, np.nan], ".1e"), ([999.0], ".2f"), ([1e4], ".1e")]
)
def test_the_format_leaves_two_digits(values, form):
    assert format_for(np.array(values)) == form


def test_arrows_tell_the_direction():
    assert headings(similarity_table()) == ["first ↑", "second ↓", "third ↑"]


def test_the_page_has_the_columns_of_the_table(tmp_path):
    plain = similarity_table(encoders=2, scores=1)
    searched = plain.assign(p_corrected=plain.p).assign_attrs(layers=1)
    one, other = (
        report_similarity(table, tmp_path / f"{number}.html") for number, table in enumerate((plain, searched))
    )
    assert "p_corrected" not in one.read_text()
    assert "<p>2 encoders, " in one.read_text()
    assert "<th>p</th><th>p_corrected</th>" in other.read_text()
    assert "<p>2 layers, " in other.read_text()


def test_what_is_no_table_is_refused_with_what_it_lacks():
    with pytest.raises(wl.InputError, match="the table lacks p: give a table "):
        cells(similarity_table().drop_vars("p"))
