# Everything a developer or a curious visitor asks for, one target a question. `make` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export CONTAINERS_CONF := $(wildcard $(CURDIR)/build/containers.conf)
HOST ?= mx-trixie
ifeq ($(CONTAINERS_CONF),)
unexport CONTAINERS_CONF
endif

.PHONY: help setup lab site demo bench accuracy test test-long lint unit molecule fuzz one check shell down clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: build/.setup ## Install the tools: Debian packages, and Python packages into .venv

build/.setup: requirements-dev.txt lab/setup
	@lab/setup
	@mkdir -p build && touch $@

lab: build/.setup ## Start the lab: two blank Debians, their Internet, its name servers
	@lab/step "lab" ansible-playbook lab/up.yml

site: lab ## Deploy to the lab: ansible-playbook site.yml
	@lab/step "site.yml" ansible-playbook site.yml

demo: site ## Send one mail from every sender and show what became of it
	@python3 -m lab.demo

bench: site ## Measure what judging costs, beside Postfix's own check: make bench ROUNDS=7
	@python3 -m bench $(if $(ROUNDS),--rounds $(ROUNDS))

accuracy: build/.setup ## How well names of lines are told from servers', and what the policy costs; docs/frontier.svg
	@python3 -m bench.accuracy

test: ## Everything that .ci/run runs: lint, unit, molecule
	@lab/test

test-long: build/.setup ## On the lab as it stands: every planted fault through a whole rollout, sharing by Redis; an hour
	@ROLLOUT_LONG=1 lab/one rollout
	@SHARING_STORE=redis lab/one sharing

lint: build/.setup ## Check form: ruff, mypy, yamllint, ansible-lint
	@lab/lint

unit: build/.setup ## Run the unit tests with the oldest and the newest dnspython
	@lab/unit

molecule: build/.setup ## Deploy to fresh containers and test what they do
	@lab/scenarios

fuzz: build/.setup ## Feed a million hostile inputs to all that reads what strangers write; print JSON
	@python3 -m bench.fuzz

one: build/.setup ## Run one unit test file or one scenario: make one T=test_iprev, make one T=refusals
	@lab/one "$(T)"

check: build/.setup ## Show what a deployment would change, changing nothing: make check INVENTORY=...
	@ansible-playbook $(if $(INVENTORY),-i $(INVENTORY)) --check --diff site.yml

shell: ## Open a shell on a host of the lab: make shell HOST=mx-trixie
	@podman exec -it $(HOST) bash

down: ## Stop the lab and remove it; keep images and tools
	@[ ! -x .venv/bin/ansible-playbook ] || ansible-playbook lab/down.yml

clean: ## Remove everything that make made
	@! command -v podman > /dev/null || lab/files/down.sh
	@! command -v podman > /dev/null || podman images --quiet --filter label=ptrgate-lab | sort -u | xargs --no-run-if-empty podman rmi --force > /dev/null
	@rm -rf build .venv .mypy_cache .ruff_cache .pytest_cache inventory/lab/token_keys.txt
