# agenthost. `make` alone lists the targets.

GO          ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
OPENAPI     := openapi-spec-validator==0.9.0
EXAMPLES    := sma-cross-go breakout-go
FUZZTIME    ?= 20s
KILLS       ?= 200
SEEDS       ?= 2000
TICKS       ?= 100000
SWAPS       ?= 1000

.DEFAULT_GOAL := help
.PHONY: $(shell sed -n "s/^\([a-z0-9-]*\):.*/\1/p" $(firstword $(MAKEFILE_LIST)))

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/agenthost
	$(GO) build -o bin/agenthost ./cmd/agenthost

plugins: $(EXAMPLES:%=plugins/examples/%.plugin) ## build the Go examples; the others are checked in

plugins/examples/%.plugin:
	GOOS=wasip1 GOARCH=wasm $(GO) build -buildmode=c-shared -ldflags='-s -w' -o plugins/examples/$*/$*.wasm ./plugins/examples/$*

plugins-compare: plugins ## rebuild the checked-in examples and compare, where the compilers are there
	plugins/rebuild.sh

demo: build plugins ## run five strategies over thirteen years of share prices
	bin/agenthost run config/demo.hcl --report report.html

test: plugins ## pass all tests
	$(GO) test ./...

lint: ## gofumpt, go vet, staticcheck
	@out=$$($(GO) run $(GOFUMPT) -l $$(git ls-files '*.go')); test -z "$$out" || { echo "not gofumpt-ed:"; echo "$$out"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

race: plugins ## the race detector on what is concurrent
	$(GO) test -race ./host ./host/journal ./host/sandbox ./host/feed ./host/alert ./host/admin ./host/backup ./host/chaos ./host/checkpoint ./host/metrics ./host/systemd ./host/tracing ./host/venue/...

fuzz: ## every fuzz target for FUZZTIME
	@for p in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$p 2>/dev/null | grep '^Fuzz'); do \
	    echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x $$p || exit 1; \
	  done; done

sim: build ## SEEDS simulated worlds of the whole host, where everything fails
	bin/agenthost sim --seeds $(SEEDS)

metrics-check: plugins ## run a host and hold its /metrics against promtool (Debian's prometheus)
	@command -v promtool >/dev/null || { echo "promtool is not installed: apt-get install prometheus"; exit 1; }
	promtool check rules docs/agenthost.rules.yml
	PROMTOOL=required $(GO) test ./host/metrics ./cmd/agenthost -run 'Prometheus|Alert|ALiveHostIsWatched' -count 1 -v

swaps: plugins ## SWAPS swaps during TICKS ticks, and how long each pauses a C and a Go strategy
	TICKS=$(TICKS) SWAPS=$(SWAPS) $(GO) test ./host -run TestSwapsAtScale -count 1 -v -timeout 1h

arm64: plugins ## the same fuel, traps, memory and replayed turns on arm64, emulated (needs qemu-aarch64: Debian's qemu-user)
	@command -v qemu-aarch64 >/dev/null || { echo "qemu-aarch64 is not installed: apt-get install qemu-user"; exit 1; }
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	GOARCH=arm64 CGO_ENABLED=0 $(GO) test -c -o $$dir/meter ./host/meter && \
	GOARCH=arm64 CGO_ENABLED=0 $(GO) test -c -o $$dir/sandbox ./host/sandbox && \
	$(GO) test -run Everywhere ./host/sandbox -args -outcomes=$$dir/outcomes && \
	(cd host/meter && qemu-aarch64 $$dir/meter -test.v -test.run 'Everywhere|NaNs|DepthLimit') && \
	(cd host/sandbox && qemu-aarch64 $$dir/sandbox -test.v -test.run Everywhere -outcomes=$$dir/outcomes) && \
	GOARCH=arm64 CGO_ENABLED=0 $(GO) build -o $$dir/agenthost ./cmd/agenthost && \
	ELSEWHERE="qemu-aarch64 $$dir/agenthost" $(GO) test ./cmd/agenthost -run TestReplayElsewhere -count 1 -v

bench: plugins ## ns and allocations of a tick and a turn, bars per second
	$(GO) test -run '^$$' -bench 'Tick|Turn|Bars' -benchmem ./host/sandbox ./host

bench-orders: ## a durable order beside the disk's own time, 64 agents' orders beside one's
	$(GO) test -run '^$$' -bench 'DurableOrder|OrdersTogether' -benchtime 2s ./host

bench-density: ## memory an agent of 10,000 in C and 1,000 in Go that live in one host, their ticks a second (2 minutes)
	$(GO) test -run '^$$' -bench '^BenchmarkDensity$$' -benchtime 1x -timeout 30m ./host

bench-recovery: ## a start after a crash with 1,000,000 journaled turns, step by step
	$(GO) test ./host -run '^$$' -bench '^BenchmarkRecovery$$' -benchtime 1x

bench-rollback: ## what it takes to make a failed tick not to have been: C, AssemblyScript, Go
	$(GO) test -run '^$$' -bench '^BenchmarkRollback$$' -benchtime 2000x ./host

bench-fuel: ## what fuel costs, beside wasmtime's (a module of its own, with cgo)
	cd bench && $(GO) run ./fuel

kill-resume: ## kill recorded runs in Go, C and AssemblyScript KILLS times each, and hold their ends against a run that lived
	KILLS=$(KILLS) $(GO) test ./cmd/agenthost -run TestKilledRunsResume -count 1 -v -timeout 2h

snapshots: plugins ## guests of each language go on from snapshots in other processes, over TICKS ticks
	TICKS=$(TICKS) $(GO) test ./host/sandbox -run TestSnapshotsGoOn -count 1 -v -timeout 3h

soak-kill: ## kill a trading host KILLS times, then hold the venue's books against its journal (200: 13 minutes)
	KILLS=$(KILLS) $(GO) test ./cmd/agenthost -run TestSoakKill -count 1 -v -timeout 2h

openapi: ## hold docs/openapi.json against a public validator (needs python3 and pip)
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	python3 -m venv $$dir && $$dir/bin/pip install -q $(OPENAPI) && $$dir/bin/python -m openapi_spec_validator docs/openapi.json

clean: ## remove what was built
	rm -rf bin report.html
