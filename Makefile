# `make help` lists the targets. Another Python: make book PYTHON=python3.12
PYTHON ?= python3
PY := .venv/bin/python

# As in tools/notebooks.py: one thread a process (sums in another order differ in the last digit, and the tests
# run in two processes), no progress bars in stored outputs (they hold times).
QUIET := OMP_NUM_THREADS=1 TQDM_DISABLE=1
TWO := -n 2 --dist loadfile --no-loadscope-reorder
# Two browsers: each begins with one half of the tests, and takes from the other's half when it is done.
BROWSERS := -o addopts=-q -n 2 --dist worksteal
REPEAT := -o addopts=-q --nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg --nbval-cell-timeout 600
# The page that checks every equation, as `course_pkg equations` does, and asserts that there is no problem.
EQUATIONS := book/equations.ipynb
export PYTHONUTF8 := 1
HEADLINE := @printf '\n== %s\n'
# Before and after a part that takes a while: how long it took, in a file below _build that the next part reads.
START := @mkdir -p _build && date +%s >_build/started
TOOK := @echo "   $$(( $$(date +%s) - $$(cat _build/started) )) s"

.DEFAULT_GOAL := help
.PHONY: help setup book test notebooks lab serve whole pdf epub browser firefox classroom gpu bench mutate clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## */\1\t/' | awk -F '\t' '{printf "  make %-10s %s\n", $$1, $$2}'

setup:  ## make .venv and install everything into it (the other targets do it when need be)
	@command -v $(PYTHON) >/dev/null || { echo "setup: expected Python 3.11.5 or newer as '$(PYTHON)', found none: install it, or name another with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) tools/setup.py

book: setup  ## build the book from the stored outputs; every warning is an error (STUDENT=1: no worked solutions)
	$(HEADLINE) "Building the book from the stored outputs (nothing is executed; a warning is an error)"
	@$(PY) tools/build.py $(if $(STUDENT),--student) $(if $(REPOSITORY),--repository $(REPOSITORY)) $(if $(REF),--ref $(REF))

test: setup  ## lint, types, tests, every notebook repeated, every equation checked
	$(HEADLINE) "1 of 4: lint and layout (ruff)"
	$(START)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet . || { echo "expected the layout of ruff format: run $(PY) -m ruff format ." >&2; exit 1; }
	$(TOOK)
	$(HEADLINE) "2 of 4: types (mypy); meanwhile, every equation is a definition or is bound to a check ($(EQUATIONS))"
	$(START)
	@$(QUIET) $(PY) -m pytest $(REPEAT) $(EQUATIONS) >_build/equations.txt 2>&1 & equations=$$!; \
		$(PY) -m mypy; types=$$?; wait $$equations; bound=$$?; cat _build/equations.txt; exit $$((types + bound))
	$(TOOK)
	$(HEADLINE) "3 of 4: unit, property and doc tests (pytest, in two processes)"
	$(START)
	@$(QUIET) $(PY) -m pytest $(TWO)
	$(TOOK)
	$(HEADLINE) "4 of 4: every other notebook runs again and gives its stored outputs (nbval)"
	$(START)
	@$(QUIET) $(PY) -m pytest $(REPEAT) $(TWO) $$($(PY) tools/notebooks.py --longest-first | grep -vx $(EQUATIONS))
	$(TOOK)
	@printf '\nAll four passed.\n'

notebooks: setup  ## make the sheets, execute the notebooks whose code, or the modules behind it, changed (ALL=1: every one; PAGES="book/elbo.md": these)
	@$(PY) tools/sheets.py
	@$(PY) tools/notebooks.py $(if $(ALL),--all) $(PAGES)

lab: setup  ## open the pages and the sheets in JupyterLab (another port: PORT=8899)
	@$(PY) -m jupyterlab --port=$(or $(PORT),8888)

serve: book  ## build the book and show it at http://localhost:8000 (another port: PORT=8080)
	@$(PY) -m http.server $(or $(PORT),8000) --bind localhost --directory _build/html

whole: book  ## the whole book on one page, in a folder of its own: _build/whole/index.html (STUDENT=1: no worked solutions)
	@$(PY) tools/whole_book.py $(if $(STUDENT),--student)

pdf: book  ## the whole book as a PDF, printed by Chromium (some minutes; STUDENT=1: no worked solutions)
	@$(PY) tools/whole_book.py --pdf $(if $(STUDENT),--student)

epub: book  ## the whole book as an EPUB, with formulas as MathML (some minutes; STUDENT=1: no worked solutions)
	@$(PY) tools/epub.py $(if $(STUDENT),--student)

browser: setup  ## check the built book in headless Chromium: no outside request, no script error, readable
	$(HEADLINE) "Every page of the book in Chromium: requests, errors, mathematics, width, accessibility"
	@$(QUIET) $(PY) -m pytest $(BROWSERS) tests/browser

firefox: setup  ## open every page of the built book once in Firefox: no outside request, no script error, formulas typeset
	@$(QUIET) $(PY) -m pytest $(BROWSERS) tests/firefox

gpu: setup  ## check that a GPU gives the numbers of the CPU, and trains every system (needs CUDA)
	@$(QUIET) $(PY) -m pytest -o addopts=-q tests/gpu

classroom: setup  ## grade hostile, broken and right submissions in a box (Linux, needs bubblewrap)
	$(HEADLINE) "What students hand in, run in a box without network, home or answers"
	@$(QUIET) $(PY) -m pytest -o addopts=-q $(TWO) tests/classroom

bench: setup  ## measure images per second against a plain loop (5 minutes; DEVICE=cuda, THREADS=1, COMPILED=1)
	$(HEADLINE) "Training, encoding and reading: medians of rounds in turns with a plain loop"
	@$(PY) tests/bench/run.py $(if $(DEVICE),--device $(DEVICE)) $(if $(THREADS),--threads $(THREADS)) $(if $(COMPILED),--compiled)

mutate: setup  ## change the code in small ways and see that the tests notice (long; some modules: ONLY="elbo worlds"; SAMPLE=5 of each file, others with SEED=1)
	@$(PY) tools/mutate.py $(if $(ONLY),--only $(ONLY)) $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED))

clean:  ## remove what was built (.venv stays: delete it by hand)
	rm -rf _build mutants .mutmut-cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
