"""A release: wheel and source archive hold the package with its data, its licences and how to cite it, and the wheel
runs in an environment of its own."""

import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile

import pytest
import yaml

import course_pkg
from helpers import GUARD, ROOT, environment

sys.path.insert(0, str(ROOT / "book" / "_ext"))
import travel

VERSION = course_pkg.__version__
BUILD = "import sys, setuptools.build_meta as b; print(getattr(b, sys.argv[1])(sys.argv[2]))"
LICENCES = ("LICENSE", "LICENSE-TEXT", "CITATION.cff")
SOURCE = ("course_pkg", "pyproject.toml", "README.md", "CHANGELOG.md", "MANIFEST.in", *LICENCES)


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """{kind: path} of the two archives, built from a copy of what is released."""
    folder = tmp_path_factory.mktemp("release")
    tree = folder / "tree"
    tree.mkdir()
    for name in SOURCE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, tree / name)
    for kind in ("wheel", "sdist"):
        command = [sys.executable, "-c", BUILD, f"build_{kind}", str(folder)]
        done = subprocess.run(
            command, cwd=tree, env=environment(PYTHONPATH=""), capture_output=True, encoding="utf-8", timeout=GUARD
        )
        assert done.returncode == 0, done.stderr
    return {"wheel": next(folder.glob("*.whl")), "sdist": next(folder.glob("*.tar.gz"))}


def released():
    """Every file of the package that must travel: modules, and what they read."""
    kinds = {".py", ".js", ".css", ".lark", ".md", ".json", ".safetensors"}
    return {p.relative_to(ROOT).as_posix() for p in (ROOT / "course_pkg").rglob("*") if p.suffix in kinds}


def test_one_version_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    latest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)[1]
    assert {str(citation["version"]), project["version"], latest} == {VERSION}


def test_the_wheel_holds_all_that_the_package_reads_and_nothing_else(archives):
    names = set(zipfile.ZipFile(archives["wheel"]).namelist())
    assert {name for name in names if name.startswith("course_pkg/")} == released()
    assert {name.split("/")[0] for name in names} == {"course_pkg", f"course_pkg-{VERSION}.dist-info"}
    for name in LICENCES:
        assert f"course_pkg-{VERSION}.dist-info/licenses/{name}" in names


def test_the_source_archive_holds_the_package_its_licences_and_its_changes(archives):
    with tarfile.open(archives["sdist"]) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert released() | {*LICENCES, "README.md", "CHANGELOG.md", "pyproject.toml"} <= names


@pytest.fixture(scope="module")
def python(archives, tmp_path_factory):
    """The Python of an environment that holds the wheel; the packages that it needs are those of this environment."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True, with_pip=False)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "lib" / version / "site-packages"
    zipfile.ZipFile(archives["wheel"]).extractall(site)
    (site / "theirs.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return folder / "bin" / "python"


def run(python, folder, *words):
    """Runs it in a folder, where nothing but the wheel tells of the course."""
    env = {name: value for name, value in environment().items() if name != "PYTHONPATH"}
    return subprocess.run([python, *words], cwd=folder, env=env, capture_output=True, encoding="utf-8", timeout=GUARD)


def test_the_wheel_runs_doctor_in_an_environment_of_its_own(python, tmp_path):
    where = run(python, tmp_path, "-c", "import course_pkg; print(course_pkg.__file__, course_pkg.__version__)")
    home = next(python.parents[1].glob("lib/*/site-packages"))
    assert where.stdout.split() == [str(home / "course_pkg" / "__init__.py"), VERSION], where.stderr
    report = run(python, tmp_path, "-m", "course_pkg", "doctor")
    assert re.search(r"^ok: +packages: the \d+ that course_pkg needs are there", report.stdout, re.M), report.stdout
    assert "no requirements.txt beside the package" in report.stdout
    code = "from course_pkg.models.weights import lesson; model, card = lesson('beta-4'); print(card['seed'])"
    assert run(python, tmp_path, "-c", code).stdout.strip().isdigit(), "the trained models did not come along"


# Runs the cells of a notebook as a kernel does, and stops at the first that fails.
CELLS = """
import json, sys
from pathlib import Path
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in json.loads(Path(sys.argv[1]).read_text("utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        done = shell.run_cell("".join(cell["source"]))
        if not done.success:
            sys.exit(1)
print("every cell ran; course_pkg is that of", sys.modules["course_pkg"].__file__)
"""


def test_a_downloaded_notebook_runs_alone_beside_the_wheel(python, tmp_path):
    """As the download button gives it, in an empty folder."""
    text = travel.with_opening_cell((ROOT / "exercises" / "bottleneck.ipynb").read_text("utf-8"))
    (tmp_path / "bottleneck.ipynb").write_text(text, "utf-8")
    done = run(python, tmp_path, "-c", CELLS, "bottleneck.ipynb")
    home = next(python.parents[1].glob("lib/*/site-packages"))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stdout.strip().endswith(f"every cell ran; course_pkg is that of {home / 'course_pkg' / '__init__.py'}")
    assert [path.name for path in tmp_path.iterdir()] == ["bottleneck.ipynb"]
