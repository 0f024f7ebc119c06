"""Make .venv and install the course into it: what `make` runs before everything else.

    python3 tools/setup.py

Only the standard library, run by the system's Python, so that it can say clearly what is missing. It must
also parse on an old Python, which is why it is written without f-strings and other newer syntax.
Nothing happens when .venv already matches requirements.txt and pyproject.toml.
"""

# These rules ask for newer syntax.
# ruff: noqa: UP024, UP030, UP032, B904, RUF005

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "course-stamp")  # written last: this .venv is complete, and for these pins
UNPACKING = os.path.join(VENV, "course-unpacking")  # here while pip unpacks; if it stayed, start anew
LOG = os.path.join(VENV, "course-pip.log")
MINIMUM = (3, 11)
INSTALL_BYTES = 3 * 10**9  # the least that can do: 1.9 GB with PyTorch for the CPU, and room to unpack
ROOM = "8 GB (3 GB with PyTorch for the CPU alone: PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu)"
BUILD_BYTES = 2 * 10**8

NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|Max retries exceeded|"
    r"Network is unreachable|Connection refused|Temporary failure in name resolution|ProxyError|"
    r"Could not find a version that satisfies the requirement|No matching distribution found"
)
DISK = re.compile(r"No space left on device|Errno 28|not enough space on the disk")


class Stop(Exception):
    """A reason to stop that the user can act on: printed as one line."""


def say(text):
    print("[setup] " + text)
    sys.stdout.flush()


def venv_python():
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(VENV, folder, name)


def check_python(version=None):
    version = tuple(version or sys.version_info)[:3]
    if version < MINIMUM:
        raise Stop(
            "expected Python {0}.{1} or newer, found {2} at {3}: install a newer one, "
            "or name one that you have, as in `make book PYTHON=python3.12`".format(
                MINIMUM[0], MINIMUM[1], ".".join(map(str, version)), sys.executable
            )
        )


def check_disk(needed):
    free = shutil.disk_usage(ROOT).free
    if free < needed:
        raise Stop(
            "expected {0:.1f} GB free on the disk of {1}, found {2:.1f} GB: free some space and try again".format(
                needed / 1e9, ROOT, free / 1e9
            )
        )


def wanted_stamp():
    """What .venv depends on: the pins, the package's metadata, the Python, and the folder it stands in."""
    digest = hashlib.sha256()
    for name in ("requirements.txt", "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return "python {0}.{1}.{2}, {3}, {4}".format(
        sys.version_info[0], sys.version_info[1], sys.version_info[2], digest.hexdigest()[:16], ROOT
    )


def read(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except (IOError, OSError):
        return None


def make_venv():
    """A .venv of this Python. One that works is kept; one that is broken or half-made is made anew."""
    old = read(STAMP)
    moved = old is not None and not old.endswith(", " + ROOT)  # its scripts name another folder
    if os.path.exists(venv_python()) and not os.path.exists(UNPACKING) and not moved:
        ask = "import sys, pip; print(sys.version_info[:3], sys.prefix)"
        try:
            answer = subprocess.check_output([venv_python(), "-c", ask], stderr=subprocess.STDOUT)
            answer = answer.decode().strip()
        except (OSError, subprocess.CalledProcessError):
            answer = "broken"
        if answer == "{0} {1}".format(tuple(sys.version_info[:3]), VENV):
            return
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise Stop(
            "this Python ({0}) cannot make virtual environments: install its venv module "
            "(Debian, Ubuntu: sudo apt install python{1}.{2}-venv)".format(
                sys.executable, sys.version_info[0], sys.version_info[1]
            )
        )
    say("making .venv with Python {0}".format(sys.version.split()[0]))
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if made.returncode:
        explain(made.stdout.decode(errors="replace"), "making .venv failed")


def explain(output, what):
    """Turn the output of a failed command into one line that says what to do."""
    if DISK.search(output):
        raise Stop("{0}: the disk is full; free about {1} and try again".format(what, ROOM))
    if NETWORK.search(output):
        missing = re.search(r"No matching distribution found for (\S+)", output)
        missing = missing.group(1) if missing else "the packages"
        raise Stop(
            "{0}: pip could not get {1} from the package index; check the network "
            "(or the proxy, or PIP_INDEX_URL) and try again{2}".format(what, missing, see_log())
        )
    reason = [line for line in output.splitlines() if line.strip()] or ["no output"]
    errors = [line for line in reason if "error" in line.lower()] or reason
    raise Stop("{0}: {1}{2}".format(what, errors[-1].strip(), see_log()))


def see_log():
    return " (all that pip said: {0})".format(LOG) if os.path.exists(LOG) else ""


def pip(arguments, total):
    """Run pip, showing which package it is at, and keep its full output in the log."""
    command = [venv_python(), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"] + arguments
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seen, lines, started = set(), [], time.time()
    with open(LOG, "a") as log:
        for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            lines.append(line)
            log.write(line + "\n")
            step = re.match(r"\s*(?:Collecting|Requirement already satisfied:|Processing) (\S+)", line)
            if step:
                seen.add(step.group(1).split("=")[0])
                progress(len(seen), total, os.path.basename(step.group(1)))
            elif "Retrying (Retry(total=4" in line:
                progress(len(seen), total, "the package index does not answer; trying again")
            elif line.startswith("Installing collected packages"):
                open(UNPACKING, "w").close()
                if total > 1:
                    progress(len(seen), total, "all there; unpacking (a minute or two)")
    code = process.wait()
    clear_line()
    if code:
        explain("\n".join(lines), "installing failed")
    return time.time() - started


def progress(count, total, text):
    """One line that is written over on a terminal; now and then a line of its own in a log."""
    if sys.stdout.isatty():
        sys.stdout.write("\r\033[K[setup] {0:3d} of {1}: {2}".format(min(count, total), total, text[:60]))
        sys.stdout.flush()
    elif count % 25 == 0 or " " in text:
        say("{0:3d} of {1}: {2}".format(min(count, total), total, text))


def clear_line():
    if sys.stdout.isatty():
        sys.stdout.write("\r\033[K")


def main():
    check_python()
    stamp = wanted_stamp()
    if read(STAMP) == stamp and os.path.exists(venv_python()):
        check_disk(BUILD_BYTES)
        return
    check_disk(INSTALL_BYTES)
    make_venv()
    for path in (STAMP, LOG):
        if os.path.exists(path):
            os.remove(path)
    with open(os.path.join(ROOT, "requirements.txt")) as file:
        total = len([line for line in file if line.strip() and not line.startswith("#")])
    say("installing {0} packages into .venv (once; minutes, most of it PyTorch: 2 to 6 GB)".format(total))
    took = pip(["-r", "requirements.txt"], total)
    say("installing course_pkg (editable: your changes to it count at once)")
    took += pip(["-e", ".", "--no-deps"], 1)
    if os.path.exists(UNPACKING):
        os.remove(UNPACKING)
    with open(STAMP, "w") as file:
        file.write(stamp + "\n")
    say("done in {0:.0f} s".format(took))


if __name__ == "__main__":
    try:
        main()
    except Stop as stop:
        clear_line()
        sys.stderr.write("setup: {0}\n".format(stop))
        sys.exit(1)
    except (IOError, OSError) as error:
        if error.errno != 28:
            raise
        sys.stderr.write("setup: the disk is full; free about {0} and try again\n".format(ROOM))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("\nsetup: stopped; run the same command again to go on\n")
        sys.exit(130)
