"""The drawing and the table of steps say what STEPS says, all of it and nothing else."""

import re
from itertools import combinations

import pytest
from django.utils import translation

from gis_app import diagram
from gis_app.words import State, StepName
from gis_app.workflow import STEPS
from gis_app.workflow.steps import BACK, SAME


def allowed():
    """{(from, to, step)} worked out from STEPS anew."""
    found = {("", "new", "open")}
    for name, rule in STEPS.items():
        for source in rule.sources:
            if rule.target == BACK:
                before = {state for other in STEPS.values() if other.target == source for state in other.sources}
                found |= {(source, state, name) for state in before}
            elif rule.target is not SAME:
                found.add((source, rule.target, name))
    return found


@pytest.fixture
def shown(client, db):
    return client.get("/help/workflow").content.decode()


def test_every_arrow_is_one_of_the_table_and_every_one_of_the_table_is_drawn(shown):
    arrows = re.findall(r'data-step="(\w*)" data-from="(\w*)" data-to="(\w*)"', shown)
    assert sorted((source, target, step) for step, source, target in arrows) == sorted(allowed())


def test_only_the_way_back_is_dashed():
    dashed, back = ({edge.step for edge in diagram.edges() if edge.back}, {n for n, rule in STEPS.items() if rule.target == BACK})
    assert dashed == back


def test_every_step_has_its_row_and_every_state_its_box(shown):
    assert re.findall(r'<tr data-step="(\w+)"', shown) == list(STEPS)
    assert set(re.findall(r'data-state="(\w+)"', shown)) == set(State.values)


def test_every_edge_stands_in_words_too(shown):
    assert shown.count("<li>") - len(diagram.edges()) == 0


def test_a_step_that_leaves_the_state_stands_in_its_boxes_or_beside_the_drawing():
    here, common = diagram.staying()
    beside = {name: states for states, names in common for name in names}
    for name, rule in STEPS.items():
        if rule.target is SAME:
            told = beside.get(name) or {state for state, names in here.items() if name in names}
            assert told == rule.sources, name


def test_an_arrow_starts_and_ends_at_the_boxes_that_it_names():
    drawn = diagram.draw()
    boxes = {box.state: box for box in drawn["boxes"]}
    for arrow in drawn["arrows"]:
        numbers = list(map(int, re.findall(r"\d+", arrow.path)))
        if arrow.edge.source:
            assert touches(boxes[arrow.edge.source], numbers[0], numbers[1]), arrow
        end = (numbers[-1], numbers[-2]) if "H" in arrow.path else (numbers[0], numbers[-1])
        assert touches(boxes[arrow.edge.target], *end), arrow


def touches(box, x, y):
    """Whether a point lies on a box's edge, give or take the arrow's tip."""
    inside = box.x - 3 <= x <= box.right + 3 and box.y - 3 <= y <= box.bottom + 3
    return inside and (min(abs(x - box.x), abs(x - box.right)) <= 3 or min(abs(y - box.y), abs(y - box.bottom)) <= 3)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_boxes_do_not_lie_on_each_other_and_all_is_on_the_sheet(language):
    with translation.override(language):
        drawn = diagram.draw()
    for one, other in combinations(drawn["boxes"], 2):
        apart = one.right <= other.x or other.right <= one.x or one.bottom <= other.y or other.bottom <= one.y
        assert apart, (one.state, other.state)
    assert all(box.x >= 0 and box.right <= drawn["width"] and box.bottom <= drawn["height"] for box in drawn["boxes"])
    lanes = [int(x) for arrow in drawn["arrows"] for x in re.findall(r"H(\d+)V", arrow.path)]
    assert lanes and min(lanes) > 0 and max(lanes) < drawn["width"]


def test_what_a_step_does_to_the_clocks_is_told_for_each(shown):
    rows = {row.name: row for row in diagram.rows()}
    assert rows["merge"].clock != rows["comment"].clock == rows["start"].clock
    assert all(row.clock and row.label == StepName(row.name).label for row in rows.values())
