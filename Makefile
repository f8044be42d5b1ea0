# Everything a person needs. Go is enough for run, demo and test; the -official targets also need Google's emulators.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# The storage client links gRPC's xDS modules unless told not to: a third of a function's size and start.
export GOFLAGS := -tags=disable_grpc_modules $(GOFLAGS)

# The race detector needs a C compiler.
ifneq ($(shell command -v gcc || command -v clang),)
RACE := -race
endif

ARGS ?=
SOURCE ?=

.PHONY: help run demo test lint bench bundle check-settings screenshots run-official demo-official test-official test-rt terraform

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Start the local cloud at http://127.0.0.1:8080/emulator/ (ARGS="-base-port 9080 -isolate")
	@go run ./emulator $(ARGS)

demo: ## Send one call and one chat through it and tell what arrived (SOURCE=qm plays recorded sessions of a source, SOURCE=kustomer a story of its own)
	@go run ./emulator demo $(if $(SOURCE),-source $(SOURCE)) $(ARGS)

test: ## Run every test, with the race detector where there is a C compiler, and tell the coverage per package
	@$(if $(RACE),,echo "No C compiler found: testing without the race detector.")
	@$(if $(AXE_JS),,echo "AXE_JS is not set to the path of axe-core's axe.min.js: no page is examined by axe.")
	set -o pipefail; go test $(RACE) -cover -parallel 8 -shuffle=on -timeout 30m ./... | awk -f .ci/coverage.awk

lint: ## Check format, go vet, staticcheck and that go.mod is tidy
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...
	go mod tidy -diff

bench: ## Measure the hot paths
	go test -run='^$$' -bench=. -benchmem ./...

bundle: ## Write the archives that Terraform deploys, one per function, into terraform/.bundles (ARGS="-only webhook")
	@go run ./terraform/bundle $(ARGS)

check-settings: ## Check files with tenants' settings, as functions read them (FILE="acme.json beta.json")
	@go run ./terraform/settings $(FILE)

screenshots: ## Write pictures of every page, light and dark, wide and narrow, into screenshots/ (needs chromium)
	SCREENSHOTS=$(CURDIR)/screenshots go test -count=1 -run TestEveryPageFitsEveryScreen ./emulator/local

run-official: ## Like run, with gcloud's Firestore and Pub/Sub emulators
	@go run ./emulator -official $(ARGS)

demo-official: ## Like demo, with gcloud's emulators
	@go run ./emulator demo -official $(if $(SOURCE),-source $(SOURCE)) $(ARGS)

test-official: ## The tests of the whole, again with gcloud's emulators
	SESSIONBRIDGE_OFFICIAL=1 go test $(RACE) -parallel 8 -count=1 -shuffle=on -timeout 30m ./emulator/... ./functions/... ./shared/store/...

test-rt: ## The tests against a real CRM, Request Tracker 5; they say which of Debian's packages are missing
	SESSIONBRIDGE_RT=1 go test $(RACE) -count=1 -shuffle=on -timeout 20m ./emulator/rt/

# Stands in for Terraform's google provider where its registry is out of reach, if it is there.
PROVIDER_STAND_IN ?= $(abspath ../shared/tools/terraform-mirror/terraform-mirror)

terraform: ## Check the deployment without Google Cloud: format, validate, test, and that the local cloud agrees (ARGS=-update writes README's tables)
	@PROVIDER_STAND_IN=$(PROVIDER_STAND_IN) terraform/check.sh $(ARGS)
