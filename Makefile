.DEFAULT_GOAL := help
.PHONY: help run test browser lint format bench stress clean

# Installed packages, up to date with the lock file.
ready := node_modules/.package-lock.json

help: ## lists what there is
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: $(ready) ## sets everything up, takes in this repository and some sample writing, answers a search
	npm run --silent twin -- ingest . examples/writing --author "Sample Author"
	npm run --silent twin -- search "why does an unchanged chunk keep its vector?" --limit 3

test: $(ready) browser ## all tests
	npm test

# The tests that open pages need Chromium with its driver; where they cannot be installed, those tests say so.
browser:
	@if ! command -v chromedriver >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver >/dev/null; \
	fi || echo "chromium and chromium-driver could not be installed" >&2

lint: $(ready) ## format, types, unused code
	npm run lint

format: $(ready) ## formats the code
	npm run format

bench: $(ready) ## all benchmarks
	npm run --silent bench -- all

stress: $(ready) ## the long crash test
	npm run --silent stress

clean: ## removes the workspace and the installed packages
	rm -rf .twin node_modules

$(ready): package.json package-lock.json runtime/package.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@
