"""Headless Chromium over its debugging pipe: no driver, no network, no hooks in the page."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 120  # seconds
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
    "--remote-debugging-pipe",
)


def find_chromium() -> str | None:
    """Chromium's command, where it is installed."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Browser:
    """One page in a browser that cannot reach any network.

    Use it as a context; `requests` holds the addresses of all that the page asked for.
    """

    def __init__(self, command: str, profile: Path, width: int = 1400, height: int = 1000) -> None:
        from_here, self._write = os.pipe()
        self._read, to_here = os.pipe()
        # The protocol wants descriptors 3 and 4; a shell moves them without a fork hook in this process.
        move = f'exec "$@" 3<&{from_here} 4>&{to_here}'
        line = [command, *FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", move, "bash", *line],
            pass_fds=(from_here, to_here),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(from_here)
        os.close(to_here)
        os.set_blocking(self._read, False)
        self._buffer, self._number, self._session = b"", 0, None
        self.requests: list[str] = []
        self.errors: list[str] = []

    def __enter__(self) -> "Browser":
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        self.call("Network.emulateNetworkConditions", **offline)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the Chrome DevTools Protocol and its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until a JavaScript expression holds."""
        deadline = time.monotonic() + PATIENCE
        while not self.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < deadline, f"{expression} did not come true; errors: {self.errors}"
            time.sleep(0.05)

    def open(self, page: Path, fragment: str = "") -> None:
        """Open a page from disk and wait until all that it names is loaded."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=page.resolve().as_uri() + fragment)
        self.wait_for("location.href != 'about:blank' && document.readyState == 'complete'")

    def open_report(self, page: Path, fragment: str = "") -> None:
        """Open a run's page and wait until it has drawn its first network."""
        self.open(page, fragment)
        self.wait_for("document.documentElement?.dataset.ready && document.querySelector('#drawing[data-drawn]')")

    def images(self) -> list[dict[str, float]]:
        """Every image of the page: its size on the page, and its own, which is 0 where it was not allowed to load."""
        return self.evaluate(
            "Promise.all([...document.querySelectorAll('img, svg image')].map(async (shown) => {"
            "const own = new Image(); own.src = shown.href?.baseVal ?? shown.src;"
            "await own.decode().catch(() => null); const box = shown.getBoundingClientRect();"
            "return {width: box.width, height: box.height, own: own.naturalWidth * own.naturalHeight}; }))"
        )

    @contextlib.contextmanager
    def sized(self, width: int, height: int) -> Iterator[None]:
        """The window's size in pixels, until the block ends."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        try:
            yield
        finally:
            self.call("Emulation.clearDeviceMetricsOverride")

    def click(self, selector: str) -> None:
        """Press and release the mouse over the middle of an element."""
        place = self.evaluate(
            f"(() => {{ const found = document.querySelector({json.dumps(selector)});"
            "found.scrollIntoView({block: 'center'}); const box = found.getBoundingClientRect();"
            "return {x: box.x + box.width / 2, y: box.y + box.height / 2}; })()"
        )
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def press(self, key: str) -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def screenshot(self, path: Path, width: int, height: int) -> None:
        """A picture of the page at a width and height in pixels."""
        with self.sized(width, height):
            time.sleep(0.6)
            path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def _receive(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._buffer:
            try:
                part = os.read(self._read, 1 << 16)
            except BlockingIOError:
                assert time.monotonic() < deadline, "the browser does not answer"
                time.sleep(0.002)
                continue
            assert part, f"the browser ended with {self._process.poll()}"
            self._buffer += part
        text, _, self._buffer = self._buffer.partition(b"\0")
        answer = json.loads(text)
        self._note(answer)
        return answer

    def _note(self, answer: dict[str, Any]) -> None:
        details = answer.get("params", {})
        match answer.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(details["request"]["url"])
            case "Runtime.exceptionThrown":
                self.errors.append(str(details["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if details["type"] in ("error", "warning", "assert"):
                self.errors.append(str(details["args"]))
            case "Log.entryAdded" if details["entry"]["level"] == "error":
                self.errors.append(details["entry"]["text"])


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """One headless Chromium for all tests of a worker. Continuous integration never goes without."""
    command = find_chromium()
    if command is None:
        reason = "pages are tested in Chromium: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with Browser(command, tmp_path_factory.mktemp("chromium")) as opened:
        yield opened
