"""Headless Chromium through chromedriver and the W3C WebDriver protocol, with nothing but the standard library."""
import base64
import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request

from sandbox import wait_for


def available():
    return bool(shutil.which("chromedriver")) and bool(shutil.which("chromium"))


class Browser:
    def __init__(self, width=1200, height=1000, dark=False, phone=False):
        """`dark`: pages that ask are told that their reader prefers it. `phone`: `width` is the page's, however narrow, with touch."""
        self.profile = tempfile.mkdtemp(prefix="mtg-chromium-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.driver = subprocess.Popen(["chromedriver", f"--port={self.port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.session = ""
        wait_for("chromedriver", self._ready, 30)
        # The profile is empty and the network closed: nothing that looks for Google's hosts.
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                     "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
                     f"--user-data-dir={self.profile}", f"--window-size={width},{height}"]
        if dark:  # both the browser's own wish and what it tells pages
            arguments += ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"]
        more = {"mobileEmulation": {"deviceMetrics": {"width": width, "height": height, "pixelRatio": 2, "mobile": True, "touch": True}}} if phone else {}
        capabilities = {"browserName": "chrome", "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": arguments, **more},
                        "goog:loggingPrefs": {"browser": "ALL"}}
        answer = self._call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = f"/session/{answer['sessionId']}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._call("DELETE", self.session)
        except OSError:
            pass
        self.driver.terminate()
        self.driver.wait(20)
        shutil.rmtree(self.profile, ignore_errors=True)

    def _ready(self):
        try:
            return self._call("GET", "/status")["ready"]
        except OSError:
            return False

    def _call(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode(errors="replace")[:2000]) from None

    def open(self, url):
        self._call("POST", f"{self.session}/url", {"url": url})

    def script(self, text, *arguments):
        return self._call("POST", f"{self.session}/execute/sync", {"script": text, "args": list(arguments)})

    def wait(self, what, expression, seconds=30):
        """Waits until the JavaScript expression is true and answers it."""
        return wait_for(what, lambda: self.script(f"return {expression}"), seconds)

    def click(self, selector):
        """A real click, where the element is."""
        element = self._call("POST", f"{self.session}/element", {"using": "css selector", "value": selector})
        identity = next(iter(element.values()))
        self.script("arguments[0].scrollIntoView({block: 'center'})", element)
        self._call("POST", f"{self.session}/element/{identity}/click", {})

    def keys(self, text):
        """Typed into whatever has the focus; special keys as WebDriver numbers them."""
        strokes = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self._call("POST", f"{self.session}/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]})

    def console_errors(self):
        entries = self._call("POST", f"{self.session}/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def screenshot(self, path):
        pathlib.Path(path).write_bytes(base64.b64decode(self._call("GET", f"{self.session}/screenshot")))
