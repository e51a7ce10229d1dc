#!/bin/sh
# Fetches the public packages into node_modules (outside git). Nothing of them is executed here but
# the .wasm files, and those only by the meter's test.
set -eu
cd "$(dirname "$0")"
npm install --ignore-scripts --no-audit --no-fund --no-package-lock --omit=dev --omit=peer --omit=optional
find node_modules -name '*.wasm' | wc -l
