#!/usr/bin/env bash
# Builds Longneck into one executable file, workers and pages inside.
#
#   ./compile.sh                          for this platform, into dist/
#   ./compile.sh --target linux-arm64     for another: linux-x64, linux-arm64, darwin-x64, darwin-arm64, windows-x64
#   ./compile.sh --with bun               with this tool: deno or bun
#   ./compile.sh --output FILE
#
# `deno compile` is tried first; where its base binary can't be had, `bun build --compile` does it. Set
# DENORT_BIN to a base binary that you have. Both tools come from npm when they are not installed.
set -euo pipefail
cd "$(dirname "$0")"

with="" target="" output=""
while [ $# -gt 0 ]; do
  case "$1" in
    --with) with=$2 ;;
    --target) target=$2 ;;
    --output) output=$2 ;;
    *) echo "compile.sh: unknown argument $1; see the top of this file" >&2; exit 2 ;;
  esac
  shift 2
done

deno() { if command -v deno >/dev/null; then command deno "$@"; else npx -y deno "$@"; fi; }
bun() { if command -v bun >/dev/null; then command bun "$@"; else npx -y bun "$@"; fi; }

case "$target" in
  "") deno_target="" ;;
  linux-x64) deno_target=x86_64-unknown-linux-gnu ;;
  linux-arm64) deno_target=aarch64-unknown-linux-gnu ;;
  darwin-x64) deno_target=x86_64-apple-darwin ;;
  darwin-arm64) deno_target=aarch64-apple-darwin ;;
  windows-x64) deno_target=x86_64-pc-windows-msvc ;;
  *) echo "compile.sh: unknown target $target; see the top of this file" >&2; exit 2 ;;
esac

[ -n "$output" ] || output="dist/longneck${target:+-$target}"
mkdir -p "$(dirname "$output")"
commit=${LONGNECK_COMMIT:-$(git rev-parse --short HEAD 2>/dev/null || echo unknown)} # set where there is no git
workers=$(find src -name '*_worker.ts' | sort)
[ -d node_modules ] || deno install --quiet

with_deno() {
  local env; env=$(mktemp)
  echo "LONGNECK_COMMIT=$commit" >"$env"
  # shellcheck disable=SC2046,SC2086 -- the lists are meant to be split
  deno compile --quiet --no-check ${deno_target:+--target "$deno_target"} --env-file="$env" \
    --v8-flags=--max-semi-space-size=8 \
    --allow-net --allow-env --allow-sys --allow-ffi --allow-read --allow-write \
    $(printf -- '--include %s ' $workers) --output "$output" main.ts
  local code=$?; rm -f "$env"; return $code
}

with_bun() {
  # Worker scripts are found by their names beside the main one: entry-naming drops their folders.
  # shellcheck disable=SC2086
  bun build --compile ${target:+--target "bun-$target"} --minify --entry-naming '[name].[ext]' \
    --define "process.env.LONGNECK_COMMIT=\"$commit\"" --outfile "$output" main.ts $workers
}

case "$with" in
  deno) with_deno ;;
  bun) with_bun ;;
  "") with_deno 2>/dev/null || with_bun ;;
  *) echo "compile.sh: --with takes deno or bun, not $with" >&2; exit 2 ;;
esac
[ -f "$output" ] || output="$output.exe"
echo "$output: $(($(wc -c <"$output") / 1000000)) MB"
