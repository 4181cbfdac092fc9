# Rapport. `make help` lists the targets.
# Everything is built by SwiftPM; this file only names the commands. Nothing is written outside the checkout
# except the Debian packages that the setup targets install.

SWIFT ?= swift
SERVER_SUITES = RapportServerTests|RapportCLITests
# The engine, its tools and its tests, without the session server and the packages that only it needs.
ENGINE = RAPPORT_ENGINE_ONLY=1 $(SWIFT)
ENGINE_SCRATCH = --scratch-path .build/engine

.DEFAULT_GOAL := help
.PHONY: help setup setup-test build test test-engine test-sound test-server test-interop demo serve bench sim sim-pictures bench-network bench-audio lint format fuzz docs clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the Debian packages that build and demo need (sudo when not root)
	@Tests/Tools/setup build

setup-test: ## Install what the tests need in addition: Chromium, coturn, a Python environment in .build/venv
	@Tests/Tools/setup build test

build: ## Build the optimised programs: .build/release/rapport and .build/release/rapport-peer
	@Tests/Tools/setup build
	$(SWIFT) build -c release

test: setup-test test-engine test-sound test-server test-interop ## Run every test: engine, sound, session server, real browsers

# Suites with real clocks (handshake timers, sockets, calls) run one by one, so that the others' load is not in them.
REAL_TIME_SUITES = RapportDTLSTests|RapportICETests|RapportTests

# Suites that open a sound daemon's devices: optimised only, by test-sound.
DAEMON_SUITES = RapportDevicesTests\.(AudioDeviceTests|LoopTests)

test-engine: ## Run the engine's tests and the house rules only (about two minutes from clean)
	@Tests/Tools/setup build
	$(ENGINE) test $(ENGINE_SCRATCH) --skip '^($(REAL_TIME_SUITES))\.' --skip '^$(DAEMON_SUITES)'
	$(ENGINE) test $(ENGINE_SCRATCH) --skip-build --no-parallel --filter '^($(REAL_TIME_SUITES))\.'

# Vector code without the optimiser is two hundred times slower than with it, too slow for real clocks and long scenes.
SOUND = RAPPORT_SOUND_ONLY=1 RAPPORT_ENGINE_ONLY=1 $(SWIFT)
SOUND_OPTIONS = -c release -Xswiftc -enable-testing --scratch-path .build/sound

test-sound: ## Run the tests of signal processing and of devices, optimised, with a sound daemon of their own
	@Tests/Tools/setup build sound
	$(SOUND) test $(SOUND_OPTIONS) --filter '^RapportAudioTests\.'
	$(SOUND) test $(SOUND_OPTIONS) --skip-build --no-parallel --filter '^RapportDevicesTests\.'

test-server: ## Run the session server's and the command line's tests
	@Tests/Tools/setup build
	$(SWIFT) test --filter '$(SERVER_SUITES)'

test-interop: ## Run the tests against real peers
	@if [ -x Tests/Interop/run ]; then Tests/Tools/setup build test && Tests/Interop/run; \
	else echo "No tests against real peers in this checkout."; fi

demo: ## Install what is missing, build, and run the demonstration: a call between two people
	@Tests/Tools/setup build
	@[ -x .build/release/rapport ] || echo "Building: the first time takes about ten minutes on two cores, most of it for the web server's libraries."
	$(SWIFT) build -c release --product rapport
	.build/release/rapport demo

serve: ## Build and run the session server
	@Tests/Tools/setup build
	$(SWIFT) build -c release --product rapport
	.build/release/rapport serve

bench: ## Run the benchmarks beside their plain C floors; writes docs/benchmarks
	@Tests/Tools/setup build
	Benchmarks/run

SIM = Benchmarks/.build/release/rapport-sim

$(SIM): FORCE
	@Tests/Tools/setup build
	@$(ENGINE) build -c release --package-path Benchmarks --scratch-path Benchmarks/.build --product rapport-sim >&2

FORCE:

sim: $(SIM) ## Run the cases of congestion control in virtual time (SIM_OPTIONS: --case NAME, --seed N, --short, ...)
	@$(SIM) $(SIM_OPTIONS)

sim-pictures: $(SIM) ## Run them and draw rate, capacity and queue of each into docs/benchmarks/bandwidth
	-@$(SIM) --json Benchmarks/.build/sim.json $(SIM_OPTIONS)
	@Benchmarks/Simulation/plot Benchmarks/.build/sim.json
	@Benchmarks/Simulation/table Benchmarks/.build/sim.json

# Chromium is driven through the Python environment of setup-test; without it only our own peers call each other.
NETWORK_PYTHON = $(firstword $(wildcard .build/venv/bin/python) python3)
NETWORK_PAIRS = $(if $(wildcard .build/venv/bin/python),,--pair rapport)

bench-network: $(SIM) ## Run the cases over real sockets and against Chromium, as root (NETWORK_OPTIONS: --case NAME, --pair ...)
	@$(ENGINE) build -c release --package-path Benchmarks --scratch-path Benchmarks/.build --product rapport-link >&2
	@$(ENGINE) build -c release $(ENGINE_SCRATCH) --product rapport-peer >&2
	@$(NETWORK_PYTHON) Benchmarks/Network/run --check
	@$(NETWORK_PYTHON) Benchmarks/Network/run $(NETWORK_PAIRS) $(NETWORK_OPTIONS)

bench-audio: ## Score echo, noise, concealment and playout beside other cancellers (AUDIO_OPTIONS: --quick, --only echo, ...)
	@Tests/Tools/setup build audio
	@$(ENGINE) build -c release $(ENGINE_SCRATCH) --product rapport-audio >&2
	@$(ENGINE) build -c release --package-path Benchmarks --scratch-path Benchmarks/.build --product rapport-playout >&2
	@$(ENGINE) build -c release --package-path Benchmarks --scratch-path Benchmarks/.build --product rapport-conceal >&2
	@$(ENGINE) build -c release --package-path Benchmarks --scratch-path Benchmarks/.build --product rapport-tick >&2
	@Benchmarks/.build/release/rapport-tick
	@Benchmarks/Audio/run $(AUDIO_OPTIONS)

lint: ## Check the Swift sources against .swift-format
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests Benchmarks

format: ## Rewrite the Swift sources in the house format
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests Benchmarks

fuzz: ## Fuzz every door through which a stranger's bytes come in (FUZZ_SECONDS each, default 20)
	@Tests/Tools/setup build
	Tests/Fuzz/run $(or $(FUZZ_SECONDS),20)

docs: ## Make the API reference of the engine in .build/docs
	Tests/Tools/reference

clean: ## Remove everything that was built
	rm -rf .build Benchmarks/.build
