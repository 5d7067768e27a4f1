#!/usr/bin/env bash
# Proves that machines come up: boots the same package NUMBER times beside a full load, and counts those that were lost.
#
#   Scripts/prove-boots.sh NUMBER
#
# The package has two processors, the sealed kernel (where it was not built, the distribution's) and an application that exits
# with a status of its own. A boot counts as good only where that status comes out. Results are appended to
# .cache/prove/boots.txt, one line a boot, and a second run goes on from there until NUMBER is reached; another package or
# another QEMU starts from nothing. The log of a boot that was lost stays in .cache/prove/lost/.
#
# LOAD=none starts no load of its own (two busy processes otherwise, which end with the script). JOBS=3 boots three
# machines at once, each of which is a load to the others. ACCELERATOR=kvm takes KVM (tcg otherwise). ADYTON_BUILD=FOLDER
# takes the programs from there instead of building them.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly folder="$PWD/.cache/prove" success=42
readonly programs="$folder/programs" package="$folder/boot.adyton" results="$folder/boots.txt"
say() { printf 'prove-boots: %s\n' "$*"; }

# Boots once, in a runtime folder of its own, and appends a line: number, status, seconds, load average, what it was.
boot_once() {
    local number=$1 what=$2 start=$EPOCHREALTIME status=0 log
    log=$(mktemp "$folder/boot.XXXXXX")
    timeout --kill-after=10 900 "$programs/adyton" run --accelerator "${ACCELERATOR:-tcg}" --timing --start-limit 600 \
        --name "boot-$number-$$" "$package" >"$log" 2>&1 </dev/null || status=$?
    awk -v number="$number" -v status="$status" -v start="$start" -v end="$EPOCHREALTIME" -v what="$what" \
        '{ printf "%d %d %.1f %s %s\n", number, status, end - start, $1, what }' /proc/loadavg >>"$results"
    if [ "$status" = "$success" ]; then
        rm "$log"
    else
        mkdir -p "$folder/lost"
        mv "$log" "$folder/lost/$number.log"
        say "boot $number was lost with status $status; the end of its log:"
        tail -n 15 "$folder/lost/$number.log"
    fi
}
if [ "${1:-}" = --once ]; then
    boot_once "$2" "$3"
    exit 0
fi
readonly number="${1:?usage: Scripts/prove-boots.sh NUMBER}"

# Copies, so that a build beside the boots does not change what is proved.
make_package() {
    local tree kernel=(--kernel .deps/kernel/vmlinuz --modules .deps/kernel/modules)
    [ ! -f .deps/sealed-kernel/vmlinuz ] || kernel=(--kernel .deps/sealed-kernel/vmlinuz)
    if [ -z "${ADYTON_BUILD:-}" ]; then
        swift build --product adyton
        swift build --product adyton-init
    fi
    mkdir -p "$programs"
    for program in adyton adyton-init; do
        cmp --silent "${ADYTON_BUILD:-.build/debug}/$program" "$programs/$program" ||
            cp "${ADYTON_BUILD:-.build/debug}/$program" "$programs/"
    done
    tree=$(mktemp -d)
    mkdir -p "$tree"/{bin,dev,proc,sys,tmp,run}
    chmod -R 755 "$tree"
    cp "$(command -v busybox)" "$tree/bin/busybox"
    cat >"$folder/boot.json" <<END
{"ApplicationPath": "/bin/busybox",
 "ApplicationParameters": ["sh", "-c", "[ \$(busybox nproc) = 2 ] && exit $success"],
 "MemorySize": "128m", "Processors": 2, "EnvironmentVariables": ["PATH=/bin"]}
END
    [ -f "$folder/boot.pem" ] || "$programs/adyton" keygen -o "$folder/boot.pem"
    rm -f "$package"
    "$programs/adyton" package -o "$package" --owner 0:0 "${kernel[@]}" \
        --init "$programs/adyton-init" "$tree" "$folder/boot.pem" "$folder/boot.json"
    rm -r "$tree"
}

load=()
stop_load() {
    local process
    for process in "${load[@]}"; do kill "$process" 2>/dev/null || true; done
}
trap stop_load EXIT
start_load() {
    [ "${LOAD:-busy}" != none ] || return 0
    for _ in 1 2; do
        while :; do :; done &
        load+=("$!")
    done
}

mkdir -p "$folder"
say "making the package"
make_package >"$folder/package.log" 2>&1 || {
    tail -n 5 "$folder/package.log" >&2
    say "the package could not be made; see $folder/package.log" >&2
    exit 1
}
what="$(sed -n 's/^ *manifest *//p' "$folder/package.log" | cut -c1-16)/$(qemu-system-x86_64 --version | awk 'NR == 1 { print $4 }')"
readonly what
touch "$results"
done_before=$(grep -c " $what\$" "$results" || true)
say "$done_before of $number boots are done of $what"
start_load
if [ "$done_before" -lt "$number" ]; then
    seq $((done_before + 1)) "$number" | xargs -P "${JOBS:-1}" -I{} "$PWD/Scripts/prove-boots.sh" --once {} "$what"
fi
awk -v what="$what" -v success="$success" '
    $5 == what { boots++; seconds += $3; if ($3 > longest) longest = $3; load += $4; if ($2 != success) lost++ }
    END {
        printf "prove-boots: %d boots, %d lost; %.1f s a boot, %.1f s the longest, load average %.1f\n",
            boots, lost, seconds / boots, longest, load / boots
        exit lost > 0
    }' "$results"
