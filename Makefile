.PHONY: setup fmt check test bench soak evaluate docs screenshots lock

PY := .venv/bin/python

setup:  ## the environment with everything the checks and tests need
	@./test.sh --version >/dev/null

fmt: setup  ## format, and mend what can be mended
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

check: setup  ## lint, types, import contracts
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports

test:
	./test.sh

bench: setup
	for file in bench/[a-z]*.py; do \
		name=bench.$$(basename $$file .py); echo "== $$name"; $(PY) -m $$name || exit 1; \
	done

soak: setup  ## nightly, minutes: kill the service 200 times, then see that nobody was left untold
	$(PY) -m bench.accounting --kills 200
	$(PY) -m bench.accounting.mutations --kills 6

evaluate: setup  ## how well the lookup finds, by kind of phrase: docs/lookup.md
	$(PY) -m bench.evaluate_lookup --write

docs: setup  ## what is generated from the code: schema, reference, catalogues
	$(PY) -m vahta.config.generate
	$(PY) -m statuspage.translate
	$(PY) docs/incident_states.py
	$(PY) docs/probe_kinds.py
	$(PY) docs/channel_kinds.py
	$(PY) docs/reasons.py

screenshots: setup  ## the pictures in docs/images, taken of a running demo
	$(PY) docs/screenshots.py
	$(PY) docs/page_pictures.py

lock:  ## new versions, with hashes
	uv pip compile pyproject.toml --extra demo --group build --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --upgrade -q -o requirements.lock
	uv pip compile pyproject.toml --extra demo --group build --group dev -c requirements.lock --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --upgrade -q -o requirements-dev.lock
