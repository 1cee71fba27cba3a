#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh ROOT FOLDER BIN CAPTURE: installs what package-lock.json names into FOLDER, once, and runs check.mjs there.
# 77 (skipped) without Node.js or the packages; in CI that is a failure.
set -euo pipefail
root=$1 folder=$2 bin=$3 capture=$4

skip() {
    echo "contract: $1"
    if [ -n "${CI:-}" ]; then exit 1; fi
    exit 77
}

command -v node >/dev/null || skip "Node.js is not installed (./dev install contract)"
command -v npm >/dev/null || skip "npm is not installed (./dev install contract)"
mkdir -p "$folder"
cp "$root"/tests/contract/{*.mjs,package.json,package-lock.json,.npmrc} "$folder"
cd "$folder"
if ! cmp -s package-lock.json node_modules/.installed; then
    npm ci --loglevel=error || skip "npm cannot install ajv and the AsyncAPI parser; is its registry out of reach?"
    cp package-lock.json node_modules/.installed
fi
exec node check.mjs "$root" "$bin" "$capture"
