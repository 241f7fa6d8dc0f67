# Everything that people type. Each target is one line that calls what does the work.
PYTHON ?= python3
SETUP := $(PYTHON) spaces_site/bootstrap.py
.DEFAULT_GOAL := help

run: ## Set up and serve the product with demo people and speaking bots (PORT=8000)
	@$(SETUP) base -- -m spaces_site.run

demo: run ## The same as run: it is the demo

test: ## Set up and run all tests, on SQLite and on PostgreSQL (ONLY=path runs some)
	@$(SETUP) test -- -m tests.run $(ONLY)

bench: ## Print the benchmarks as JSON lines (ONLY=name,name runs some)
	@$(SETUP) test -- -m tests.bench $(ONLY)

lint: ## Format, lint, types, imports, templates
	@$(SETUP) test -- -m tests.lint

lock: ## Compile requirements/*.in to hash-locked files
	@$(SETUP) test -- -m tests.lock

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

.PHONY: run demo test bench lint lock help
