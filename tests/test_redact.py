"""What is personal in free text and what only looks like it: numbers of people are masked, numbers of things stay readable."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_app.redact import MASK, mask

PERSONAL = {
    "a mobile": "13912345678",
    "a mobile in groups": "139 1234 5678",
    "a mobile with dashes": "139-1234-5678",
    "a mobile with country code": "+86 13912345678",
    "a mobile with bare country code": "8613912345678",
    "a full-width mobile": "１３９１２３４５６７８",
    "a landline": "0916-6212345",
    "a landline without dash": "09166212345",
    "a Beijing landline": "010 62123456",
    "an identity card": "610724198001011234",
    "an identity card that ends in X": "61072419800101123X",
    "an identity card that ends in x": "61072419800101123x",
    "a bank card": "6228480012345678901",
    "a bank card in fours": "6228 4800 1234 5678",
    "a plate": "陕F12345",
    "a plate with a dot": "陕F·12345",
    "a plate of an electric car": "陕FD12345",
    "a plate from elsewhere": "川A8K9L2",
}


@pytest.mark.parametrize("what", PERSONAL)
@pytest.mark.parametrize("around", ["{}", "找我{}谢谢", "电话：{}。", "({})", "1号楼 {}，2单元"])
def test_a_number_of_a_person_is_masked_whole_and_nothing_else(what, around):
    number = PERSONAL[what]
    before, after = around.split("{}")
    assert mask(around.format(number)) == before + MASK * len(number) + after


@pytest.mark.parametrize(
    "text",
    [
        "路灯3天不亮",
        "电杆编号 0916",
        "12345 打不通",
        "拨打119、110、120",
        "2026年11月25日 14:30",
        "2026-11-25 14:30:00",
        "莲花社区12号楼3单元501室",
        "108.0450, 32.9600",
        "井盖编号 1234567",
        "工单 X0000123",
        "G210国道K1234+500处塌方",
        "欠费12800元",
        "陕西的路",
        "川A",
        "面积1234567890平方米",
    ],
)
def test_what_is_no_number_of_a_person_stays(text):
    assert mask(text) == text


def test_several_numbers_in_one_text_are_all_masked():
    shown = mask("王某13912345678，车牌陕F12345，身份证610724198001011234，座机0916-6212345")
    assert re.findall(r"\d|[A-Z]", shown) == []
    assert shown.startswith("王某＊") and "，车牌＊" in shown and "，身份证＊" in shown


def test_two_numbers_side_by_side_are_both_masked():
    assert not re.search(r"\d", mask("13912345678 13787654321"))
    assert not re.search(r"\d", mask("13912345678/13787654321、13512345678"))


@given(text=st.text(alphabet=st.sampled_from("0123456789０９ -·FX陕川路灯，。+\n"), max_size=60))
def test_a_mask_keeps_the_length_and_changes_only_what_it_masks(text):
    shown = mask(text)
    assert len(shown) == len(text)
    assert all(new in (old, MASK) for old, new in zip(text, shown, strict=True))


@given(text=st.text(alphabet=st.sampled_from("0123456789０９ -·FX陕川路灯，。+\n"), max_size=60))
def test_what_is_masked_once_is_masked_for_good(text):
    assert mask(mask(text)) == mask(text)


digits = st.text("0123456789", min_size=9, max_size=9)
words = st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=12)


@given(before=words, second=st.sampled_from("3456789"), rest=digits, after=words)
def test_no_mobile_number_survives_between_any_words(before, second, rest, after):
    number = f"1{second}{rest}"
    assert number not in mask(before + number + after) and MASK * 11 in mask(before + number + after)


@given(before=words, rest=digits, gaps=st.lists(st.sampled_from(["", " ", "-"]), min_size=10, max_size=10), after=words)
def test_a_mobile_number_may_be_written_with_gaps_anywhere(before, rest, gaps, after):
    number = "".join(digit + gap for digit, gap in zip("13" + rest, [*gaps, ""], strict=True))
    assert not re.search(r"\d", mask(before + number + after))
