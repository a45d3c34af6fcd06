"""What tests in a real browser share beside its driver: how a page is seen.

In: a browser. Out: the same one, as somebody else would have it. Knows nothing about the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from selenium.webdriver.remote.webdriver import WebDriver

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}


@contextmanager
def seen(browser: WebDriver, *, scheme: str = "", phone: bool = False) -> Iterator[None]:
    """Let pages be seen in a colour scheme, without movement, or on a phone for a `with`."""
    features = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    features += [{"name": "prefers-color-scheme", "value": scheme}] * bool(scheme)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    if phone:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
