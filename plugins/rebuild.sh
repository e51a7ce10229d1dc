#!/bin/sh
# Rebuilds the checked-in .wasm files of the C, AssemblyScript and WAT examples and compares them byte
# for byte with what is checked in. A compiler that is missing is named and its example left out.
#
#   plugins/rebuild.sh          compare; exit 1 if a file differs
#   plugins/rebuild.sh --write  put the new files in place
#
# The bytes depend on the compiler's version. The checked-in ones come from
#   C:               clang 14.0.6 and LLD 14.0.6
#   AssemblyScript:  asc 0.28.20
#   WAT:             wat2wasm 1.0.32
set -eu
cd "$(dirname "$0")"
write=${1:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
PATH="$PATH:/opt/tools/node_modules/.bin:$PWD/../node_modules/.bin"

# judge NAME VERSION-WANTED VERSION-FOUND: compares or writes $work/NAME.wasm.
judge() {
    checked_in="examples/$1/$1.wasm"
    if [ "$write" = --write ]; then
        cp "$work/$1.wasm" "$checked_in"
        echo "$1: written ($3)"
    elif cmp -s "$work/$1.wasm" "$checked_in"; then
        echo "$1: the same"
    else
        echo "$1: DIFFERS from what is checked in (built with $3, checked in from $2)"
        status=1
    fi
}

if command -v clang >/dev/null && command -v wasm-ld >/dev/null; then
    clang --target=wasm32 -O2 -Wall -Wextra -Werror -nostdlib -ffreestanding -Wl,--no-entry -I sdk/c \
        -o "$work/sma-cross-c.wasm" examples/sma-cross-c/sma-cross-c.c
    judge sma-cross-c "clang 14.0.6" "$(clang --version | head -n 1)"
else
    echo "sma-cross-c: left out, clang or wasm-ld is missing (apt-get install clang lld)"
fi

if command -v asc >/dev/null; then
    asc examples/sma-cross-as/sma-cross-as.ts -O3 --runtime stub -o "$work/sma-cross-as.wasm"
    judge sma-cross-as "asc 0.28.20" "asc $(asc --version)"
else
    echo "sma-cross-as: left out, asc is missing (npm install assemblyscript@0.28.20)"
fi

if command -v wat2wasm >/dev/null; then
    wat2wasm --debug-names examples/sma-cross-wat/sma-cross-wat.wat -o "$work/sma-cross-wat.wasm"
    judge sma-cross-wat "wat2wasm 1.0.32" "wat2wasm $(wat2wasm --version)"
else
    echo "sma-cross-wat: left out, wat2wasm is missing (apt-get install wabt)"
fi
exit $status
