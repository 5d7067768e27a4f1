#!/usr/bin/env bash
# Proves that the tests pass whatever else the machine does: five whole runs of `make test`.
#
#   Scripts/prove-tests.sh
#
# Two runs as the machine is, two beside two busy processes, which end with each run, and one in a fresh clone that has no
# ../shared. Each run's log stays in .cache/prove/tests-NUMBER-KIND.log. Results are appended to .cache/prove/tests.txt, and
# a second call goes on after the last run of this commit that passed. The first run that fails ends it all.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly folder="$PWD/.cache/prove" kinds=(quiet busy alone busy quiet)
readonly results="$folder/tests.txt" clone="$folder/clone/adyton"
say() { printf 'prove-tests: %s\n' "$*"; }

load=()
stop_load() {
    local process
    for process in ${load[@]+"${load[@]}"}; do kill "$process" 2>/dev/null || true; done
    load=()
}
trap stop_load EXIT
start_load() {
    for _ in 1 2; do
        while :; do :; done &
        load+=("$!")
    done
}

# A clone of this commit where no folder `shared` is beside it; what set-up downloaded is linked, not downloaded again.
make_clone() {
    rm -rf "$folder/clone"
    mkdir -p "$folder/clone"
    git clone --quiet --local "$PWD" "$clone"
    git -C "$clone" checkout --quiet "$commit"
    [ ! -d .deps ] || cp -al .deps "$clone/.deps"
}

[ -z "$(git status --porcelain)" ] || {
    say "error: there are changes that are not committed; the proof is of a commit" >&2
    exit 1
}
commit=$(git rev-parse HEAD)
readonly commit
mkdir -p "$folder"
touch "$results"
for index in "${!kinds[@]}"; do
    number=$((index + 1)) kind=${kinds[index]} status=0 started=$SECONDS
    log="$folder/tests-$number-$kind.log"
    if grep -q "^$commit $number $kind passed " "$results"; then
        say "run $number ($kind) has passed"
        continue
    fi
    say "run $number ($kind)"
    case "$kind" in
    quiet) make test >"$log" 2>&1 || status=$? ;;
    busy)
        start_load
        make test >"$log" 2>&1 || status=$?
        stop_load
        ;;
    alone)
        make_clone
        make -C "$clone" test >"$log" 2>&1 || status=$?
        ;;
    esac
    if [ "$status" != 0 ]; then
        printf '%s %s %s failed %s\n' "$commit" "$number" "$kind" "$((SECONDS - started))" >>"$results"
        grep -E '✘|error:|Fatal' "$log" | tail -n 20 || true
        say "run $number ($kind) failed with status $status; its log is $log" >&2
        exit 1
    fi
    printf '%s %s %s passed %s\n' "$commit" "$number" "$kind" "$((SECONDS - started))" >>"$results"
    say "run $number ($kind) passed in $((SECONDS - started)) s"
done
rm -rf "$folder/clone"
say "all ${#kinds[@]} runs of $commit passed"
