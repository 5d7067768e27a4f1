#!/usr/bin/env bash
# Builds what sealed machines measure in this folder and in a copy of its sources, and compares the results byte for byte.
#
#   Scripts/compare-builds.sh init      process 1 alone (a minute)
#   Scripts/compare-builds.sh programs  process 1, gateway, libAdytonTorch.so, and a package with the gateway
#   Scripts/compare-builds.sh all       also the server, its roots and packages (as long as two release builds)
#
# The copy is in a folder of another name and length below TMPDIR, and is built with another umask, time zone, language and
# user name, by another user where root runs this, and process 1 alone on one processor. ADYTON_BUILD names this
# folder's release, which Scripts/swift-release.sh has made; without it, it is made first. ADYTON names the tool that makes
# roots and packages of both (default: this folder's release).
# Exit status 1 where anything differs; `adyton measure --from-source` says in which section and symbol.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'compare-builds: %s (after %d s)\n' "$*" "$SECONDS"; }
fail() {
    printf 'compare-builds: error: %s\n' "$*" >&2
    exit 1
}
case "${1:-}" in
init | programs | all) readonly what=$1 ;;
*)
    printf 'compare-builds: error: usage: Scripts/compare-builds.sh init|programs|all\n' >&2
    exit 64
    ;;
esac
project=$(pwd -P)
given=${ADYTON_BUILD:+$(realpath "$ADYTON_BUILD")}
unset ADYTON_BUILD SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
readonly project work
# For the other user, who may go through this folder and see nothing else in it.
chmod 711 "$work"

# copy FOLDER: a clone of the last commit with what is not committed yet, and with the packages that are here already.
copy() {
    mkdir -p "$(dirname "$1")"
    git clone --quiet --no-hardlinks "$project" "$1"
    (cd "$project" && git diff --binary HEAD) | (cd "$1" && git apply --allow-empty --whitespace=nowarn)
    (cd "$project" && git ls-files --others --exclude-standard -z) | (cd "$project" && xargs -0r cp --parents -t "$1")
    ln -s "$project/.deps" "$1/.deps"
    local name from to
    from=$(Scripts/swift-release.sh folder)
    [ -d "$from/checkouts" ] || from=.build
    to=$("$1/Scripts/swift-release.sh" folder)
    mkdir -p "$to"
    for name in checkouts repositories workspace-state.json; do
        [ ! -e "$from/$name" ] || cp -a "$from/$name" "$to/"
    done
}

case "$what" in
init) programs=(init) ;;
programs) programs=(init gateway libAdytonTorch.so) ;;
all) programs=(init gateway libAdytonTorch.so adyton-server) ;;
esac
readonly programs

# build_programs FOLDER: the wanted programs of the current folder's sources; ADYTON_BUILD as Scripts/build-guest.sh takes it.
build_programs() {
    case "$what" in
    init) Scripts/build-guest.sh "$1/init" ;;
    programs)
        Scripts/build-guest.sh gateway "$1"
        Scripts/build-guest.sh torch "$1"
        ;;
    all) Scripts/build-guest.sh all "$1" ;;
    esac
}

# build_first: the programs of this folder into $work/first.
build_first() {
    if [ -z "$given" ]; then
        say "building in $project"
        {
            build_programs "$work/built"
            [ "$what" = init ] || [ -n "${ADYTON:-}" ] || Scripts/swift-release.sh --product adyton
        } >"$work/first.log" 2>&1 || {
            tail -n 20 "$work/first.log" >&2
            fail "the build in this folder failed"
        }
        given=$project/.build/release
    fi
    mkdir "$work/first"
    ADYTON_BUILD=$given build_programs "$work/first" >/dev/null
}

build_second() {
    local folder=$work/a-folder-of-another-name/and-of-another-length/adyton prefix=()
    local variables=(USER=somebody LOGNAME=somebody TZ=Asia/Tokyo LC_ALL=C LANG=C)
    copy "$folder"
    if [ "$what" = init ] && command -v taskset >/dev/null; then
        prefix=(taskset --cpu-list "$(first_processor)")
    fi
    if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && may_read_all; then
        chown -R 65534:65534 "$work/a-folder-of-another-name"
        prefix+=(setpriv --reuid 65534 --regid 65534 --clear-groups)
        variables+=("HOME=$work/home" "TMPDIR=$work/home")
        say "the second build is user 65534's"
    fi
    say "building in $folder"
    (
        cd "$folder"
        umask 077
        env "${variables[@]}" "${prefix[@]}" bash -euc "$(declare -f build_programs); what=$what; build_programs .build/parts"
    ) >"$work/second.log" 2>&1 || {
        tail -n 20 "$work/second.log" >&2
        fail "the second build failed"
    }
    cp -r "$folder/.build/parts" "$work/second"
}

first_processor() {
    local list
    list=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
    printf '%s' "${list%%[,-]*}"
}

# may_read_all: whether another user could read the compiler and what set-up brought.
may_read_all() {
    mkdir "$work/home"
    chown 65534:65534 "$work/home"
    HOME=$work/home TMPDIR=$work/home setpriv --reuid 65534 --regid 65534 --clear-groups bash -c \
        "[ -r '$project/.deps/torch/include/ATen/ATen.h' ] && swift --version && [ -x '$work' ]" >/dev/null 2>&1
}

# pack NAME: packages of a build's programs: one with the gateway and, of "all", the server's roots and packages.
pack() {
    local from=$work/$1 out=$work/$1-packed adyton=${ADYTON:-$given/adyton}
    mkdir "$out"
    mkdir -p "$out/app/"{proc,sys,dev,run,tmp,bin}
    chmod 755 "$out/app" "$out/app/"*
    install -m 755 /bin/true "$out/app/bin/app"
    printf '{"ApplicationPath": "/bin/app", "Gateway": {"ApplicationPort": 8000}}' >"$out/config.json"
    "$adyton" package --owner 0:0 --init "$from/init" --gateway "$from/gateway" -o "$out/gateway.adyton" "$out/app" \
        "$work/key.pem" "$out/config.json" >/dev/null
    [ "$what" = all ] || return 0
    local engines libraries
    for engines in onnx both; do
        libraries=(--library .deps/onnxruntime/lib/libonnxruntime.so.1)
        [ "$engines" = onnx ] || libraries+=(--library "$from/libAdytonTorch.so" --library-path .deps/torch/lib)
        "$adyton" bundle "$from/adyton-server:/adyton/bin/adyton-server" "$out/$engines" "${libraries[@]}" \
            --add Models/signal-flags:/adyton/model >/dev/null
        cmp "$out/$engines/adyton/bin/adyton-server" "$from/adyton-server" || fail "adyton bundle strips the server further"
        "$adyton" mkext2 --owner 0:0 "$out/$engines" "$out/$engines.ext2" >/dev/null
        "$adyton" package --owner 0:0 --init "$from/init" -o "$out/$engines.adyton" "$out/$engines" "$work/key.pem" \
            Examples/server/config.json >/dev/null
        rm -r "${out:?}/$engines"
    done
}

different=0
# compare FIRST SECOND NAME
compare() {
    local digest
    digest=$(sha256sum <"$1" | cut -d' ' -f1)
    if cmp --silent "$1" "$2"; then
        say "$3 is the same: $(stat -c %s "$1") bytes, SHA-256 $digest"
    else
        printf 'compare-builds: %s differs: %s\n' "$3" "$(cmp "$1" "$2" 2>&1 || true)" >&2
        different=1
    fi
}

build_first
build_second
for name in "${programs[@]}"; do compare "$work/first/$name" "$work/second/$name" "$name"; done
if [ "$what" != init ]; then
    say "making packages of both"
    "${ADYTON:-$given/adyton}" keygen -o "$work/key.pem" >/dev/null
    pack first
    (
        umask 077
        export TZ=Asia/Tokyo LC_ALL=C
        pack second
    )
    packed=(gateway.adyton)
    [ "$what" != all ] || packed+=(onnx.ext2 both.ext2 onnx.adyton both.adyton)
    for name in "${packed[@]}"; do compare "$work/first-packed/$name" "$work/second-packed/$name" "$name"; done
fi
[ "$different" = 0 ] || fail "the two builds differ"
say "both builds gave the same bytes"
