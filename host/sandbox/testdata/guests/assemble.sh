#!/bin/sh
# Assembles the guests written as text. With --write puts them in place, else compares.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
for text in *.wat; do
    name=${text%.wat}
    wat2wasm --debug-names "$text" -o "$work/$name.wasm"
    if [ "${1:-}" = --write ]; then
        cp "$work/$name.wasm" "$name.wasm"
    elif ! cmp -s "$work/$name.wasm" "$name.wasm"; then
        echo "$name.wasm differs from its text: run $0 --write" >&2
        status=1
    fi
done
exit $status
