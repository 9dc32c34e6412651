"""Take the README's pictures from a running demo: python deploy/screens.py [URL]; the password comes from DEMO_PASSWORD."""

import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent / "screens"
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
PICTURES = [  # file, page, account, width, height
    ("report.png", "/", "", 360, 740),
    ("work.png", "/work/", "worker-610724001", 360, 740),
    ("desk.png", "/desk/", "dispatcher", 1280, 800),
    ("heat.png", "/lead/heat", "leader", 1280, 880),
    ("hotspots.png", "/lead/hotspots", "leader", 1280, 960),
    ("ranking.png", "/lead/ranking", "leader", 1280, 880),
    ("boundaries.png", "/clerk/boundaries", "clerk", 1280, 880),
    ("coverage.png", "/clerk/coverage?at=0701x610724116", "clerk", 1280, 880),
]


def sign_in(page, base, account, password):
    """Log in by the form, as a person would."""
    page.goto(f"{base}/accounts/login/")
    page.fill("input[name=username]", account)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")


def take(browser, base, name, path, account, width, height):
    """One picture of one page."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    page = context.new_page()
    if account:
        sign_in(page, base, account, os.environ["DEMO_PASSWORD"])
    page.goto(base + path)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1000)  # Leaflet fades its layers in
    page.screenshot(path=HERE / name)
    context.close()


def main(base="http://127.0.0.1:8000"):
    """All pictures of the README."""
    HERE.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS.split())
        for picture in PICTURES:
            take(browser, base, *picture)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
