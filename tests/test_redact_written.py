"""What is personal and written in other signs or another language: digits in circles, Arabic ones, English names, passports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_app.redact import MASK, mask

SIGNS = ["⓪①②③④⑤⑥⑦⑧⑨", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("电话①③⑨①②③④⑤⑥⑦⑧，快来", "①③⑨①②③④⑤⑥⑦⑧"),
        ("打1③9①2③4⑤6⑦8", "1③9①2③4⑤6⑦8"),
        ("①13912345678 ②路灯不亮", "13912345678"),
        ("call ١٣٩١٢٣٤٥٦٧٨ please", "١٣٩١٢٣٤٥٦٧٨"),
        ("۱۳۹-۱۲۳۴-۵۶۷۸", "۱۳۹-۱۲۳۴-۵۶۷۸"),
        ("身份证⑥①⓪⑦②④①⑨⑨⓪⓪①⓪①①②③④", "⑥①⓪⑦②④①⑨⑨⓪⓪①⓪①①②③④"),
        ("Hello, I am John Smith. The lamp is broken", "John Smith"),
        ("This is Mary Brown, the drain is blocked", "Mary Brown"),
        ("路灯不亮。I'm Anna Lee Parker, thanks", "Anna Lee Parker"),
        ("我的护照E12345678丢在公园", "E12345678"),
        ("护照号码：EA1234567", "EA1234567"),
        ("my passport number is G12345678.", "G12345678"),
        ("Passport No. 512345678", "512345678"),
    ],
)
def test_what_is_personal_is_masked(text, secret):
    assert mask(text) == text.replace(secret, MASK * len(secret)) and secret in text


@pytest.mark.parametrize(
    "text",
    [
        "①路灯不亮②井盖没了③树倒了④积水",
        "①②③④⑤⑥都没人管",
        "I am Chinese and the lamp is off",
        "I am Happy with it",
        "I am Chinese Student",
        "This is Lotus Road near the school",
        "This is Xixiang Middle School",
        "This is the third time. I am John",
        "this is broken again",
        "护照办理要等多久",
        "The passport office is closed, room A1",
        "电表号 E12345678",
        "灯杆 ١٢٣",
    ],
)
def test_what_is_not_stays(text):
    assert mask(text) == text


@given(st.sampled_from(SIGNS), st.text("0123456789", min_size=9, max_size=9), st.text("路灯不亮，。", max_size=6))
def test_no_mobile_number_survives_in_whatever_digits(signs, rest, words):
    number = ("13" + rest).translate({ord(str(digit)): sign for digit, sign in enumerate(signs)})
    assert mask(words + number + words) == words + MASK * 11 + words


@given(st.text("①③⑨٣۱139I am John Smithpasort护照E：", max_size=40))
def test_they_are_masked_for_good_in_their_length(text):
    shown = mask(text)
    assert mask(shown) == shown and len(shown) == len(text)
