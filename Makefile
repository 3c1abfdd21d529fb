# Porchlight: `make run` starts the server with the app in it; `make test` checks everything.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
SOAK_MINUTES ?= 10
.PHONY: help run release web test tools format lint rust app peers browser total soak bench bench-peers measure pictures profile

LISTEN ?= 127.0.0.1:8080
DATA ?= ./porchlight-data
WORKLOADS ?=
HARNESS ?=
PEERS ?=
ROUNDS ?= 3
LOGS := target/test-logs
# One way to build for everything that is tested: another selection of packages means other features of what they build
# on, and half of it is compiled again.
BUILD := cargo build --workspace --bins --tests

help:
	@echo 'make run      build the app and the server, start it, print the link to open'
	@echo '              (LISTEN=$(LISTEN) DATA=$(DATA))'
	@echo 'make release  build the server and the device command, optimised, in target/release'
	@echo 'make test     install what the tests need, then check everything'
	@echo 'make soak     the simulation and the property tests with other random numbers each time, for SOAK_MINUTES=$(SOAK_MINUTES),'
	@echo '              and 100 rounds of real faults'
	@echo 'make bench    measure; prints a table and writes target/bench.json'
	@echo 'make bench-peers  measure other sync servers beside it, with the harness in the folder HARNESS; see tests/README.md'
	@echo 'make measure  of that, only what people wait for in the app, on a processor slowed four times'
	@echo 'make web      build the phone app (nothing happens where nothing changed)'
	@echo 'make profile  find out anew what a first visit needs of the app'
	@echo 'make pictures take the pictures in the README anew'

# ---- run ------------------------------------------------------------------------------------------------

run: web
	cargo build --package porchlight-server --package porchlight-native
	exec target/debug/porchlight serve --listen '$(LISTEN)' --data '$(DATA)'

release: web
	cargo build --release --package porchlight-server --package porchlight-native

web:
	tests/tools/toolchain.sh
	tests/tools/wasm.sh
	tests/tools/packages.sh server/web
	cd server/web && npm run --silent build

# ---- test: cheap checks first, then what compiles, then what drives a browser ---------------------------

test: tools format web lint rust app peers browser total

tools:
	tests/tools/toolchain.sh test
	tests/tools/chromium.sh >/dev/null
	tests/tools/faketime.sh
	tests/tools/readers.sh >/dev/null
	rm -rf $(LOGS)
	mkdir -p $(LOGS)

format:
	cargo fmt --all --check

lint: web
	cargo clippy --workspace --all-targets -- -D warnings

# The programs are built first: the end-to-end tests start them. The property tests draw the same numbers every time, so
# that a failure is the change's and not the day's; `make soak` draws others. The end-to-end tests mostly wait for programs
# and lines, so more of them run at once than there are processors.
rust: export PROPTEST_RNG_SEED ?= 20261125
rust: export RUST_TEST_THREADS ?= $(shell expr 3 \* $$(getconf _NPROCESSORS_ONLN))
rust: web
	$(BUILD)
	cargo test --workspace 2>&1 | tee $(LOGS)/rust.log

# The app by itself: its types, its tests, and the core's golden vectors in WebAssembly.
app: web
	cd server/web && npm run --silent check
	cd server/web && npm test 2>&1 | tee ../../$(LOGS)/app.log

# The device in Node that `make bench-peers` measures with, and a real server.
peers: web
	tests/tools/packages.sh tests/peers
	$(BUILD)
	cd tests/peers && npm test 2>&1 | tee ../../$(LOGS)/peers.log

# The app in a real browser, served by the real server.
browser: web
	tests/tools/packages.sh tests/browser
	$(BUILD)
	export PORCHLIGHT_CHROMIUM="$$(tests/tools/chromium.sh)"; \
	cd tests/browser && npm test 2>&1 | tee ../../$(LOGS)/browser.log

total:
	tests/tools/total.sh $(LOGS)/*.log

# Fails at the first seed that finds something, and says how to replay it; see tests/README.md.
soak:
	$(BUILD)
	tests/tools/soak.sh '$(SOAK_MINUTES)'

# ---- measure --------------------------------------------------------------------------------------------

bench: web
	cargo build --release --workspace --bins
	target/release/bench $(WORKLOADS)
	$(if $(WORKLOADS),,$(MAKE) --no-print-directory measure)

# Porchlight and the servers that people could use instead, under one load that is not ours.
bench-peers: web
	tests/tools/packages.sh tests/peers
	cargo build --release --workspace --bins
	HARNESS='$(HARNESS)' PEERS='$(PEERS)' WORKLOADS='$(WORKLOADS)' ROUNDS='$(ROUNDS)' node tests/peers/bench.mjs

# What people wait for in the app, and how many bytes it takes.
measure: web
	tests/tools/packages.sh tests/browser
	tests/tools/packages.sh tests/browser/lighthouse
	$(BUILD)
	export PORCHLIGHT_CHROMIUM="$$(tests/tools/chromium.sh)"; cd tests/browser && npm run --silent measure
	cd server/web && npm run --silent size

pictures: web
	tests/tools/packages.sh tests/browser
	$(BUILD)
	export PORCHLIGHT_CHROMIUM="$$(tests/tools/chromium.sh)"; cd tests/browser && npm run --silent pictures

# What first visits execute of the core: writes server/web/build/later.txt, and builds the app with it.
profile:
	tests/tools/toolchain.sh
	tests/tools/wasm.sh
	tests/tools/packages.sh server/web
	tests/tools/packages.sh tests/browser
	$(BUILD)
	export PORCHLIGHT_CHROMIUM="$$(tests/tools/chromium.sh)"; cd server/web && node build/profile.mjs && npm run --silent build
