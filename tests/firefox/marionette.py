"""Firefox from the outside, with nothing but the Marionette protocol that every Firefox speaks: JSON over a socket."""

import json
import socket
import subprocess
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from course_pkg.commands.doctor import find_firefox
from helpers import GUARD, environment, wait_for

MISSING = (
    "Firefox is missing, so the built book cannot be checked in it: install it "
    "(Debian: sudo apt-get install firefox-esr; macOS: brew install --cask firefox) and run `make firefox` again"
)
PREFERENCES = {
    "marionette.port": 0,  # any that is free; it is written into the profile
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.disabledForTesting": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}


class Marionette:
    """One session. `do` sends a command and gives its result; RuntimeError says what Firefox says."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), GUARD)
        self.file, self.numbers = self.socket.makefile("rb"), count(1)
        self.receive()  # its greeting
        self.do("WebDriver:NewSession", timeouts={"script": 1000 * GUARD, "pageLoad": 1000 * GUARD})

    def receive(self):
        length = b""
        while (byte := self.file.read(1)) != b":":
            assert byte, "Firefox has closed the connection"
            length += byte
        return json.loads(self.file.read(int(length)))

    def do(self, command, **parameters):
        body = json.dumps([0, next(self.numbers), command, parameters]).encode()
        self.socket.sendall(f"{len(body)}:".encode() + body)
        _, _, error, result = self.receive()
        if error:
            raise RuntimeError(f"{command}: {error['error']}: {error['message']}")
        return result.get("value") if isinstance(result, dict) else result

    def js(self, script, *arguments):
        """The value of an expression in the page; a promise is waited for."""
        done = (
            f"const done = arguments[arguments.length - 1]; Promise.resolve({script}).then(done, e => done(String(e)))"
        )
        return self.do("WebDriver:ExecuteAsyncScript", script=done, args=list(arguments))

    def system(self, script):
        """The value of an expression in the browser itself."""
        self.do("Marionette:SetContext", value="chrome")
        try:
            return self.do("WebDriver:ExecuteScript", script=f"return {script}", args=[])
        finally:
            self.do("Marionette:SetContext", value="content")


@contextmanager
def firefox():
    path = find_firefox()
    if path is None:
        raise SystemExit(MISSING)
    with TemporaryDirectory() as profile:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
        (Path(profile) / "user.js").write_text("\n".join(lines), "utf-8")
        command = [
            path,
            "--headless",
            "--marionette",
            "--remote-allow-system-access",
            "--no-remote",
            "--profile",
            profile,
        ]
        port = Path(profile) / "MarionetteActivePort"
        process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: process.poll() is not None or (port.exists() and port.read_text("utf-8").strip()))
            assert process.poll() is None, f"Firefox ended at once, with {process.returncode}"
            yield Marionette(int(port.read_text("utf-8")))
        finally:
            process.terminate()
            process.wait()
