# make help lists the commands. Each does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONHASHSEED := 0
export SOURCE_DATE_EPOCH := 1767225600

# What a built page depends on besides its own text: a change here drops every cache,
# because jupyter-cache and Sphinx look at the chapters only.
INPUTS := $(shell find retrolib book/_ext -type f ! -path '*__pycache__*') \
          requirements.txt requirements-html.txt package-lock.json _config.yml
# What only its look depends on: Sphinx copies these files when it writes pages, not else.
LOOK := $(shell find book/_static book/_templates -type f)
LOCK := $(BIN)/uv pip compile --system-certs --universal --quiet --python-version 3.11 --generate-hashes \
        --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
# What a file pins, for those that stand on top of it: the same versions, not named again.
PINNED = -c $(1) $$(sed -nE 's/^([a-z0-9._-]+)==.*/--no-emit-package \1/p' $(1))
CACHE := JUPYTERCACHE=_build/.jupyter_cache $(BIN)/jcache
BUILD := $(BIN)/jupyter-book build -n --keep-going
STRICT := -W

.PHONY: help notebooks book pdf check small test test-slow mutants bench serve lab snapshots lock clean \
        new-chapter new-explorer \
        course-release course-collect course-grade course-mark course-feedback course-export \
        course-similar course-check

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' Makefile

$(VENV)/book: requirements.txt requirements-html.txt pyproject.toml package-lock.json book/_lab/overrides.json
	@sh .ci/python $(PYTHON)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements.txt -r requirements-html.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	$(BIN)/npm ci --omit=dev --silent --no-audit --no-fund
	mkdir -p $(VENV)/share/jupyter/lab/settings
	cp book/_lab/overrides.json $(VENV)/share/jupyter/lab/settings
	touch $@

$(VENV)/dev: $(VENV)/book requirements-dev.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/npm ci --silent --no-audit --no-fund
	touch $@

$(VENV)/mutants: $(VENV)/dev requirements-mutants.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements-mutants.txt
	touch $@

$(VENV)/course: $(VENV)/book requirements-course.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements-course.txt
	touch $@

tests/lighthouse/node_modules: $(VENV)/book tests/lighthouse/package-lock.json
	$(BIN)/npm ci --prefix tests/lighthouse --silent --no-audit --no-fund
	touch $@

# Sphinx would execute one page after the other; from here it finds them executed, on all cores.
# Where a cell seems to take longer than 20 s, most often because nbclient has missed its
# end (see _config.yml), nothing waits on: what fails for this reason Sphinx executes after all.
_build/inputs: $(VENV)/book $(INPUTS)
	rm -rf _build/html _build/live _build/.doctrees _build/.jupyter_cache _build/jupyter_execute
	mkdir -p _build
	echo y | $(CACHE) notebook add -r myst_nb_md $$(grep -l '{code-cell}' book/*.md) > _build/executed.log
	$(CACHE) project execute -e local-parallel -t 20 >> _build/executed.log
	touch $@

_build/look: _build/inputs $(LOOK)
	rm -rf _build/html
	touch $@

# After a warning Sphinx must read every page again, or the next build would not repeat it.
notebooks: _build/look ## write every page as a notebook into _build/notebooks, with a wheel of retrolib
	$(BUILD) $(STRICT) --builder custom --custom-builder notebooks . || { rm -rf _build/.doctrees; false; }
	rm -f _build/notebooks/*.whl
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir _build/notebooks .

book: notebooks ## build every chapter into _build/html
	$(BUILD) -W . || { rm -rf _build/.doctrees; false; }
	@echo "Open _build/html/index.html in a browser, or run: make serve"

pdf: $(VENV)/dev book ## the whole book as one PDF, _build/html/book.pdf; ANSWERS=no leaves out the answers
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m paper --answers $(or $(ANSWERS),yes)

check: $(VENV)/dev ## lint and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/npm run --silent check

# The small book of the tests, built beside the book.
small: $(VENV)/dev
	$(BIN)/python -m tests.fixture

# Some tests wait for a browser or a server: one more worker than there are cores, here and below.
test: $(VENV)/dev ## lint, types, unit tests, the book, the browser tests
	$(MAKE) -j 2 check small book
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/pytest -n 3 --dist loadgroup -m "not slow"

# What looks at the whole machine's memory has it to itself; what takes minutes begins first.
test-slow: $(VENV)/dev $(VENV)/course book ## what takes longer
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m tests.browser.firefox
	$(BIN)/python -m course.room
	$(BIN)/pytest -m slow tests/course/test_room.py
	$(BIN)/pytest -n 3 --dist loadgroup --no-loadscope-reorder -m slow --ignore tests/course/test_room.py

mutants: $(VENV)/mutants ## break retrolib in small ways and see its tests fail; MODULE=chsh for one module
	$(BIN)/python -m tests.mutants $(MODULE)

bench: $(VENV)/dev $(VENV)/course tests/lighthouse/node_modules book ## timings, as ratios within one run
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m tests.bench

serve: book ## serve the built book at http://localhost:8000
	$(BIN)/python -m http.server --directory _build/html 8000

lab: $(VENV)/book ## open JupyterLab on the chapters
	$(BIN)/jupyter lab book

course-release: $(VENV)/course ## SET=ps1: make the students' notebook and a zip of it
	$(BIN)/python -m course release $(SET)

course-collect: $(VENV)/course ## SET=ps1 FROM=submissions.zip: take in what Canvas or Moodle gave
	$(BIN)/python -m course collect $(SET) $(if $(FROM),--from "$(FROM)") $(if $(TIMES),--times "$(TIMES)")

course-grade: $(VENV)/course ## SET=ps1: grade everything in course/work/submitted; STUDENT=ann for one
	$(BIN)/python -m course grade $(SET) $(if $(STUDENT),--student "$(STUDENT)")

course-mark: $(VENV)/course ## mark the written answers, in nbgrader's formgrader
	$(BIN)/python -m course mark

course-feedback: $(VENV)/course ## SET=ps1: make a feedback page for each student, and a zip of them
	$(BIN)/python -m course feedback $(SET) $(if $(STUDENT),--student "$(STUDENT)")

course-export: $(VENV)/course ## SET=ps1: write the marks as CSV, also for Canvas and Moodle
	$(BIN)/python -m course export $(SET)

course-similar: $(VENV)/course ## SET=ps1: list submissions that look alike
	$(BIN)/python -m course similar $(SET)

course-check: $(VENV)/dev $(VENV)/course book ## the sets, their grading, and attacks on it
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m course.room
	$(BIN)/pytest -m slow tests/course

new-chapter: ## NAME=spin-one [TITLE="Spin one"]: write a chapter to start from
	@$(PYTHON) -m scaffold chapter "$(NAME)" "$(TITLE)"

new-explorer: ## NAME=helix: write an explorer to start from
	@$(PYTHON) -m scaffold explorer "$(NAME)"

# Warnings, also of the notebooks, are no errors, for the stills may be missing; the next `make book` reads every
# page again.
snapshots: STRICT :=
snapshots: $(VENV)/dev notebooks ## save each explorer's opening state as a static figure
	$(BUILD) .
	rm -rf _build/.doctrees
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m tests.browser.snapshots

lock: $(VENV)/dev ## pin the requirements files anew from pyproject.toml
	$(LOCK) --group book pyproject.toml -o requirements.txt
	$(LOCK) $(call PINNED,requirements.txt) --group book --group html pyproject.toml -o requirements-html.txt
	$(LOCK) $(call PINNED,requirements.txt) $(call PINNED,requirements-html.txt) \
	  --group book --group html --group dev pyproject.toml -o requirements-dev.txt
	$(LOCK) $(call PINNED,requirements.txt) $(call PINNED,requirements-html.txt) \
	  $(call PINNED,requirements-dev.txt) \
	  --group book --group html --group dev --group mutants pyproject.toml -o requirements-mutants.txt
	$(LOCK) $(call PINNED,requirements.txt) --group book --group course pyproject.toml -o requirements-course.txt

clean: ## undo: remove .venv, node_modules and everything built
	rm -rf $(VENV) node_modules tests/lighthouse/node_modules _build build *.egg-info .pytest_cache .mypy_cache .ruff_cache
