"""The pages of the hotline's files in a real browser: one is sent, watched, taken in, its refused rows downloaded by hand."""

import pytest
from playwright.sync_api import expect

from gis_app.intake import sent
from gis_app.models import HotlineFile, Report
from tests.browser import test_pages
from tests.browser.test_duty_pages import fits
from tests.browser.test_pages import PHONE
from tests.hotline_files import Hotline, write

pytestmark = pytest.mark.browser
opened = test_pages.opened


def test_a_file_is_sent_watched_taken_in_and_what_was_refused_comes_back(opened, settings, tmp_path):
    settings.HOTLINE_ROOT = tmp_path / "kept"
    page = opened("clerk", PHONE)
    page.goto("/clerk/imports")
    expect(page.get_by_text("还没有装过")).to_be_visible()
    page.set_input_files("#file", str(write(tmp_path / "11.csv", Hotline(3).rows(30))))
    page.click(".upload .go")
    page.wait_for_url("**/clerk/imports/*")
    expect(page.get_by_role("heading", name="正在试读")).to_be_visible()
    row = HotlineFile.objects.get()
    sent.go_on(row.pk)  # as the job does it, while the page is open
    load = page.get_by_role("button", name="装入")
    expect(load).to_be_visible()
    fits(page, "looked", 360)
    load.click()
    expect(page.get_by_role("heading", name="正在装")).to_be_visible()
    sent.go_on(row.pk)
    expect(page.get_by_role("heading", name="装入了")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="下载退回的").click()
    assert download.value.suggested_filename == "11-退回.csv"
    assert Report.objects.count() == HotlineFile.objects.get().stored > 20
    assert not page.troubles
