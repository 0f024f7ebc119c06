"""Make .venv and install the course into it: what `make` runs before everything else.

    python3 tools/setup.py

By uv where it is found, else by venv and pip. Nothing happens when .venv already holds these pins; a set-up that was
interrupted starts again from an empty .venv. Only the standard library, and nothing newer than f-strings: an older
Python, too, must be able to read this file and say what is missing.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "course-stamp")  # written last: all is there, for this Python, this folder and these pins
LOG = os.path.join(VENV, "course-setup.log")
OLDEST = (3, 11, 5)
SUPPORTED = "Python 3.11.5 to 3.13 on Linux (glibc, 64 bit), macOS (Apple silicon), Windows through WSL"
SPACE = "8 GB (3 GB with PyTorch for the CPU alone: PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu)"
# What pip and uv say. Looked for in this order: pip without a network finds no version, either.
DISK = "No space left on device|Errno 28|os error 28"
NETWORK = (
    "NewConnectionError|NameResolutionError|Connect(ion|Timeout)Error|ReadTimeoutError|Max retries exceeded|ProxyError|"
    "Network is unreachable|Connection refused|name resolution|dns error|error sending request|tcp connect error"
)
NO_WHEEL = r"No matching distribution found for \S+|\S+ has no (usable )?wheels|there is no version of \S+"
STEP = re.compile("Downloading|Installing|Resolved|Prepared|Installed|.*Retrying")  # worth a line in a log


def stamp():
    """Whose .venv it is, and the pins that it holds."""
    pins = hashlib.sha256()
    for name in ("requirements.txt", "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            pins.update(file.read())
    return f"Python {platform.python_version()} in ".encode() + os.fsencode(ROOT) + b"\n", pins.hexdigest().encode()


def environment():
    """UTF-8 whatever the locale; and uv, which reads none of pip's variables, looks where pip would."""
    env = {"UV_INDEX_STRATEGY": "unsafe-best-match", **os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    for pip, uv in (("INDEX_URL", "DEFAULT_INDEX"), ("EXTRA_INDEX_URL", "INDEX"), ("FIND_LINKS", "FIND_LINKS")):
        if env.get("PIP_" + pip):
            env.setdefault("UV_" + uv, env["PIP_" + pip].replace(" ", "," if pip == "FIND_LINKS" else " "))
    return env


def call(command, doing):
    """Run a command: a line that changes on a terminal, its steps in a log, all that it says in LOG."""
    said, width = [], shutil.get_terminal_size().columns - 10
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    for raw in process.stdout or ():
        said.append(raw.decode("utf-8", "replace").strip())
        if sys.stdout.isatty():
            print("\r\033[K[setup]", said[-1][:width], end="", flush=True)
        elif STEP.match(said[-1]):
            print("[setup]", said[-1][:110], flush=True)
    print(end="\r\033[K" if sys.stdout.isatty() else "", flush=True)
    if os.path.isdir(VENV):
        with open(LOG, "a", encoding="utf-8") as log:
            log.write("\n".join([*said, ""]))
    if process.wait():
        sys.exit(f"setup: {doing} failed: {reason(said)} (all that was said: {LOG})")


def reason(said):
    """What went wrong and what to do, from the lines of pip or uv."""
    text = "\n".join(said)
    if re.search(DISK, text):
        return f"the disk is full; free about {SPACE} and try again"
    if re.search(NETWORK, text):
        return "no answer from the package index; check the network (or the proxy, or PIP_INDEX_URL) and try again"
    missing = re.search(NO_WHEEL, text)
    if missing:
        here = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
        return f"the index answers, but holds nothing for {here}: {missing.group()}; supported: {SUPPORTED}"
    return ([line for line in said if "error" in line.lower()] or said or ["it said nothing"])[-1]


def make_venv(uv):
    if os.path.lexists(VENV):
        shutil.rmtree(VENV)
    if not uv:
        try:
            import ensurepip  # noqa: F401
            import venv  # noqa: F401
        except ImportError:
            package = "python{}.{}-venv".format(*sys.version_info)
            remedy = f"install it (Debian, Ubuntu: sudo apt install {package}), or install uv"
            sys.exit(f"setup: {sys.executable} has no venv module, so it cannot make .venv: {remedy}")
    make = [uv, "venv", "--no-project", "--seed", "--python"] if uv else []
    call([*make, sys.executable, *([] if uv else ["-m", "venv"]), VENV], "making .venv")


def main():
    if platform.system() not in ("Linux", "Darwin"):
        sys.exit(f"setup: expected Linux or macOS, found {platform.system()}: on Windows, work in WSL (wsl --install)")
    if tuple(sys.version_info[:3]) < OLDEST:
        found = f"expected Python 3.11.5 or newer, found {platform.python_version()} at {sys.executable}"
        sys.exit(f"setup: {found}: name a newer one, as in `make book PYTHON=python3.12` ({SUPPORTED})")
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a terminal may know few letters
    owner, pins = stamp()
    there = b""
    if os.path.exists(STAMP) and os.path.exists(PYTHON):
        with open(STAMP, "rb") as file:
            there = file.read()
    if there == owner + pins:
        return
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < 3:
        sys.exit(f"setup: expected 3.0 GB free on the disk of {ROOT}, found {free:.1f} GB: free about {SPACE}")
    uv = shutil.which("uv")
    print(
        f"[setup] installing the course into .venv with {'uv' if uv else 'pip'} (once; minutes; 2 to 6 GB)", flush=True
    )
    if there.startswith(owner):  # complete, with other pins: only what changed is installed
        os.remove(STAMP)
    else:
        make_venv(uv)
    install = [uv, "pip", "install", "--python", PYTHON] if uv else [PYTHON, "-m", "pip", "install", "--no-input"]
    call([*install, "--only-binary", ":all:", "-r", "requirements.txt"], "installing")
    call([*install, "--no-deps", "--editable", "."], "installing course_pkg")
    with open(STAMP, "wb") as file:
        file.write(owner + pins)
    print("[setup] done", flush=True)


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(f"setup: {reason([str(error)])}")
    except KeyboardInterrupt:
        sys.exit("\nsetup: stopped; the same command starts again")
