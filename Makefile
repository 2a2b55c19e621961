# make       set up, then run the default study end to end
# make test  set up, then check and test
SHELL := /bin/bash
PYTHON ?= python3
CORES ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu)
BIN := .venv/bin
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES) --logger stages  # a status line; without it, all that Snakemake says

# make test-slurm  the cluster tests, apart: they install Debian's Slurm and take minutes
# make test-interruption  a tiny study killed at 100 random moments, apart: it takes long
.PHONY: study setup test fuzz test-slow test-slurm test-interruption check types style docs smoke bench-saliency bench-coefficients bench-matching bench-evaluation bench-gpu bench-planning bench-starts plan lock clean rehearse-nih rehearse-gmdb
study: setup
	$(SNAKEMAKE)

# Bytecode of all that is installed (below) and of the own code: some sites forbid Python to write it at import, which
# makes every job start slowly.
setup: .venv/ready
	@$(BIN)/python -m compileall -q workflow >/dev/null 2>&1 || true
	@PYTHONDONTWRITEBYTECODE= PYTHONPATH=workflow $(BIN)/python -c 'from gestalt_regions.jobs import code_digest as c; c.keep_all()'

.venv/ready: envs/requirements.txt envs/bootstrap.txt envs/check_system.sh pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}; try make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@envs/check_system.sh
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r envs/bootstrap.txt
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes envs/requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	cd .venv/lib/python3.*/site-packages && ../../../bin/python -m compileall -q -j 0 . >/dev/null 2>&1 || true
	@touch $@

test: setup check
	OMP_NUM_THREADS=1 SITE=$(CURDIR)/site $(BIN)/python -m pytest tests --ignore tests/slurm --ignore tests/interruption \
		-n 2 --dist loadfile --no-loadscope-reorder

# Damaged pictures of every format, and tables, many more than make test tries; options: make fuzz FUZZ=1000000
fuzz: setup
	FUZZ=$(or $(FUZZ),200000) $(BIN)/python -m pytest --hypothesis-profile fuzz tests/fuzz

test-slow: setup
	$(BIN)/python -m pytest tests -m slow

# As root on Debian: a real Slurm on this machine, the smoke study through it, and jobs that ask for too little.
test-slurm: setup
	tests/slurm/install.sh
	$(BIN)/python -m pytest tests/slurm

# Kills, a full disk, two runs at once; options: make test-interruption TRIALS=20 SEED=2
test-interruption: setup
	$(BIN)/python -m pytest tests/interruption

check: setup
	@$(MAKE) --no-print-directory --jobs 2 types docs style

types: setup
	$(BIN)/mypy

style: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint
	$(BIN)/numpydoc lint $$(git ls-files 'workflow/gestalt_regions/*.py')

# The documentation site, in site/; any warning ends it (with --quiet none would).
docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

smoke: setup
	$(SNAKEMAKE) --configfile config/config.yaml config/studies/smoke.yaml

bench-coefficients: setup
	$(BIN)/python -m gestalt_regions.tools.bench.coefficient_speed

# Matching against the published way, and a gallery of a million faces; options: make bench-matching BENCH="--protocol"
bench-matching: setup
	$(BIN)/python -m gestalt_regions.tools.bench.matching_speed $(BENCH)

# The saliency engine against the published way; options: make bench-saliency BENCH="--images 4 --rounds 3"
bench-saliency: setup
	$(BIN)/python -m gestalt_regions.tools.bench.saliency_speed $(BENCH)

# Objective measures against Quantus; options: make bench-evaluation BENCH="--images 4 --rounds 1"
bench-evaluation: setup
	$(BIN)/python -m gestalt_regions.tools.bench.objective_speed $(BENCH)

# What starting the jobs of a study takes, each alone and as copies of one process
bench-starts: setup
	$(BIN)/python -m gestalt_regions.tools.bench.start_speed $(BENCH)

# What one GPU does, in eight minutes (docs/reference/gpu.md); without one it tries itself out on the CPU
bench-gpu: setup
	$(BIN)/python -m gestalt_regions.tools.bench.gpu_speed $(BENCH)

# What a dry run takes, and Snakemake alone; options: make bench-planning BENCH="--rounds 9 --studies figure6"
bench-planning: setup
	$(BIN)/python -m gestalt_regions.tools.bench.planning_time $(BENCH)

# What a study will take, before it is run: jobs, disk, hours; options:
# make plan PLAN="--configfile config/config.yaml config/studies/full.yaml --times 100"
plan: setup
	@$(BIN)/python -m gestalt_regions.tools.plan $(PLAN)

# Rehearsals: the folder of a real cohort at its true size with SIMULATED faces, and the study on it, reduced as its file
# says (docs/reference/rehearsals.md). NIH=folder takes the published tables; without it they are invented.
REHEARSAL = $(BIN)/python -m gestalt_regions.tools.rehearsal
REHEARSE = $(SNAKEMAKE) --configfile config/config.yaml

rehearse-nih: results/rehearsal_faces/faces/index.csv
	$(REHEARSAL) nih --faces results/rehearsal_faces --out results/rehearsal/nih --metadata "$(NIH)" --threads $(CORES)
	$(REHEARSE) config/studies/nih_faces.yaml config/studies/rehearsal_nih.yaml -- all tables figures split_audit

rehearse-gmdb: results/rehearsal_faces/faces/index.csv
	$(REHEARSAL) gmdb --faces results/rehearsal_faces --out results/rehearsal/gmdb --threads $(CORES)
	$(REHEARSE) config/studies/gmdb.yaml config/studies/rehearsal_gmdb.yaml -- arc_tables arc_figures similarity_maps

results/rehearsal_faces/faces/index.csv: setup
	$(REHEARSE) config/studies/rehearsal_faces.yaml -- $@

lock:
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--override envs/overrides.txt --custom-compile-command "make lock" envs/requirements.in -o envs/requirements.txt
	grep '^uv==' envs/requirements.in | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --custom-compile-command "make lock" - -o envs/bootstrap.txt

clean:
	rm -rf .venv .snakemake
