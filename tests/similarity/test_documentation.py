"""The table of declarations in the documentation is the one in the code."""

from pathlib import Path

from weightloom.similarity.scores import INVARIANCES, SCORES

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "similarity.md"


def declarations():
    def yes(declared):
        return "yes" if declared else "–"

    head = ["score", "more similar", "self", "symmetric", "metric", *INVARIANCES, "labels"]
    yield head
    yield ["---"] * len(head)
    for name, score in SCORES.items():
        yield [
            f"`{name}`",
            "larger" if score.larger_is_more_similar else "smaller",
            "–" if score.self_value is None else f"{score.self_value:g}",
            yes(score.symmetric),
            yes(score.metric),
            *(yes(change in score.invariances) for change in INVARIANCES),
            yes(score.needs_labels),
        ]


def test_the_table_of_declarations_is_that_of_the_code():
    written = PAGE.read_text().split("<!-- declarations -->")[1].split("<!-- end -->")[0].strip().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in written]
    assert cells == list(declarations())
