.PHONY: help demo test setup setup-dev lint fast lock docs clean bench-web
F := .venv/bin/foresite
PY := .venv/bin/python

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: setup ## a living sample city in the browser
	@$(F) --data build/demo demo

test: setup-dev lint ## everything: linters, types, import order, unit to browser tests
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

fast: ## the tests without browser and slow ones
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not browser and not slow"

lint:
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

setup: ## .venv/bin/foresite
	@.ci/setup

setup-dev:
	@.ci/setup dev

lock: ## resolve the dependencies anew (needs uv)
	uv pip compile -q --python 3.11 --no-emit-index-url --generate-hashes --extra build --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	uv pip compile -q --python 3.11 --no-emit-index-url --generate-hashes --extra build --extra dev -c requirements.txt --custom-compile-command "make lock" pyproject.toml -o requirements-dev.txt

docs: ## write the generated reference pages
	@$(PY) -m dashboard.reference docs/reference

bench-web: setup-dev ## what pages cost: server time, 120 viewers, first paint (some minutes, best on a quiet machine)
	@$(PY) benchmarks/web.py --json build/bench-web.json

clean: ## what demo and tests have left
	rm -rf build tests/artifacts
