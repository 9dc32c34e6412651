"""The code that a citizen keeps: not to be guessed, readable aloud, and a slip of the pen is noticed."""

import re
import string
from math import log2

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gis_app.models.report import ALPHABET, fresh_code, read_code
from tests.conftest import TEA_TOWN, Person

symbols = st.sampled_from(ALPHABET)
codes = st.builds(fresh_code)
places = st.integers(0, 11)


def test_a_code_holds_more_than_fifty_bits_of_chance():
    body = len(fresh_code()) - 1  # the last one is the check
    assert body * log2(len(set(ALPHABET))) >= 50


def test_every_place_takes_every_symbol_so_that_no_bit_is_wasted():
    seen = [set(place) for place in zip(*(fresh_code() for _ in range(1500)), strict=True)]
    assert len(seen) == 12 and all(len(place) == len(ALPHABET) for place in seen)


def test_codes_do_not_repeat():
    assert len({fresh_code() for _ in range(3000)}) == 3000


def test_no_symbol_looks_like_another():
    assert len(set(ALPHABET)) == len(ALPHABET) and set(ALPHABET) <= set(string.ascii_uppercase + string.digits)
    for alike in ("0O", "1IL", "5S", "2Z"):
        assert len(set(alike) & set(ALPHABET)) <= 1


@given(code=codes)
def test_a_code_is_read_as_it_was_made(code):
    assert read_code(code) == code


@given(code=codes, place=places, other=symbols)
def test_one_wrong_symbol_is_always_noticed(code, place, other):
    assume(code[place] != other)
    assert read_code(code[:place] + other + code[place + 1 :]) == ""


def test_one_wrong_symbol_is_noticed_wherever_and_whatever_it_is():
    code = fresh_code()
    wrong = [code[:i] + other + code[i + 1 :] for i in range(12) for other in ALPHABET if other != code[i]]
    assert len(wrong) == 12 * (len(ALPHABET) - 1) and not any(map(read_code, wrong))


@given(code=codes, one=places, other=places)
def test_two_symbols_that_changed_places_are_always_noticed(code, one, other):
    assume(code[one] != code[other])
    swapped = list(code)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    assert read_code("".join(swapped)) == ""


@given(code=codes, place=places)
def test_a_symbol_too_few_or_twice_is_noticed(code, place):
    assert read_code(code[:place] + code[place + 1 :]) == ""
    assert read_code(code[:place] + code[place] + code[place:]) == ""


@given(code=codes, gaps=st.lists(st.sampled_from(["", " ", "-", "  "]), min_size=12, max_size=12), lower=st.booleans())
def test_spaces_dashes_and_small_letters_are_understood(code, gaps, lower):
    typed = " " + "".join(symbol + gap for symbol, gap in zip(code, gaps, strict=True)) + "\n"
    assert read_code(typed.lower() if lower else typed) == code


@given(code=codes)
def test_who_writes_s_for_5_and_z_for_2_is_understood(code):
    assert read_code(code.replace("5", "S").replace("2", "Z")) == code
    assert read_code(code.replace("5", "s").replace("2", "z")) == code


@given(text=st.text(max_size=20))
def test_what_is_no_code_is_none_and_breaks_nothing(text):
    found = read_code(text)
    assert found == "" or re.fullmatch(f"[{ALPHABET}]{{12}}", found)


@pytest.mark.parametrize(
    "typed", ["", " ", "000000000000", "' OR 1=1 --", "１２３４５６７８９０１２", "AAAA\x00AAAAAAA", "A" * 5000]
)
def test_a_wrong_code_is_not_found_and_says_no_more(db, typed):
    answer = Person().client.get(f"/api/v1/reports/{typed.replace('/', '') or ' '}")
    assert (answer.status_code, answer.json()["type"]) == (404, "not-found")


def test_a_code_with_one_wrong_symbol_is_told_as_one_that_never_was(cast):
    code = cast.reporter.reports("路灯不亮", TEA_TOWN)["code"]
    slip = code[:-1] + next(symbol for symbol in ALPHABET if symbol != code[-1])
    wrong, never = (cast.reporter.client.get(f"/api/v1/reports/{each}") for each in (slip, fresh_code()))
    assert wrong.status_code == never.status_code == 404 and wrong.json() == never.json()
    assert cast.reporter.client.get(f"/api/v1/reports/{code.lower()}").json()["code"] == code


def test_a_tickets_public_number_opens_no_report(cast):
    cast.reporter.reports("路灯不亮", TEA_TOWN)
    assert cast.reporter.client.get("/api/v1/reports/X0000001").status_code == 404
