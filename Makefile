# Porchlight: `make run` starts the server with the app in it; `make test` checks everything.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run web test tools format lint rust wasm browser bench release

LISTEN ?= 127.0.0.1:8080
DATA ?= ./porchlight-data
LOGS := target/test-logs

help:
	@echo 'make run      build the app and the server, start it, print the link to open'
	@echo '              (LISTEN=$(LISTEN) DATA=$(DATA))'
	@echo 'make release  build the server and the device command, optimised, in target/release'
	@echo 'make test     install what the tests need, then check everything'
	@echo 'make bench    measure; prints a table and writes target/bench.json'
	@echo 'make web      build the phone app (nothing happens where nothing changed)'

# ---- run ------------------------------------------------------------------------------------------------

run: web
	cargo build --package porchlight-server
	exec target/debug/porchlight serve --listen '$(LISTEN)' --data '$(DATA)'

release: web
	cargo build --release --package porchlight-server --package porchlight-native

web:
	tests/tools/toolchain.sh
	server/web/build.sh

# ---- test: cheap checks first, then what builds, then what drives a browser -----------------------------

test: tools format web lint rust wasm browser
	tests/tools/total.sh $(LOGS)/*.log

tools:
	tests/tools/toolchain.sh test
	tests/tools/chromium.sh >/dev/null
	rm -rf $(LOGS) && mkdir -p $(LOGS)

format: tools
	cargo fmt --all --check

lint: web
	cargo clippy --workspace --all-targets -- -D warnings

# The programs are built first: the end-to-end and browser tests start them.
rust: web
	cargo build --workspace --bins
	cargo test --workspace 2>&1 | tee $(LOGS)/rust.log

wasm: web
	server/web/test.sh 2>&1 | tee $(LOGS)/web.log

browser: rust
	tests/browser/run.sh 2>&1 | tee $(LOGS)/browser.log

# ---- measure --------------------------------------------------------------------------------------------

bench:
	cargo build --release --package porchlight-server --bin porchlight
	cargo run --release --package porchlight-tests --bin bench
