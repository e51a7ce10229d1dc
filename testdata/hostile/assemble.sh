#!/bin/sh
# Assembles the hostile modules from their text and compares them with what is checked in.
#
#   testdata/hostile/assemble.sh          compare; exit 1 if a file differs or is missing
#   testdata/hostile/assemble.sh --write  put the new files in place
#
# The checked-in bytes come from wat2wasm 1.0.32 (apt-get install wabt). A line ";; flags:" in a module
# holds what wat2wasm needs for it: proposals, or --no-check for those that must not be valid.
set -eu
cd "$(dirname "$0")"
command -v wat2wasm >/dev/null || { echo "wat2wasm is missing (apt-get install wabt)" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
for text in *.wat; do
    name=${text%.wat}
    # shellcheck disable=SC2046 # several flags are several words
    wat2wasm $(sed -n 's/^;; flags: //p' "$text") "$text" -o "$work/$name.wasm" || { status=1; continue; }
    if [ "${1:-}" = --write ]; then
        cp "$work/$name.wasm" "$name.wasm"
    elif ! cmp -s "$work/$name.wasm" "$name.wasm"; then
        echo "$name.wasm differs from its text: run $0 --write" >&2
        status=1
    fi
done
exit $status
