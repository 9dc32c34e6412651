"""The links of those who work: none is cut at a desk, whatever the role and the language."""

import pytest

from tests.browser.test_pages import opened, settled  # noqa: F401 (a fixture)

pytestmark = pytest.mark.browser
CUT = """() => {
  const room = document.querySelector('.tabs').getBoundingClientRect();
  return [...document.querySelectorAll('.tabs a')].filter(link => {
    const box = link.getBoundingClientRect(), words = document.createRange();
    words.selectNodeContents(link);
    const said = words.getBoundingClientRect();
    return !box.width || box.right > Math.min(room.right, innerWidth) + 1 || box.left < Math.max(room.left, 0) - 1
      || box.bottom > room.bottom + 1 || said.right > box.right || said.bottom > box.bottom;
  }).map(link => link.textContent);
}"""
FIRST = {
    "leader": "/lead/heat",
    "dispatcher": "/desk/",
    "clerk": "/clerk/calendar",
    "unit-chazhen": "/unit/",
    "worker-610724110": "/work/",
}


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("person", FIRST)
def test_no_link_is_cut_at_a_desk(opened, county, person, language):  # noqa: F811
    page = opened(person, {"width": 1280, "height": 800}, language)
    settled(page, FIRST[person])
    shown = page.locator(".tabs a").count()
    assert shown >= 2
    for width in (1920, 1280, 1024):
        page.set_viewport_size({"width": width, "height": 800})
        assert not page.evaluate(CUT), width
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
