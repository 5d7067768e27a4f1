#!/usr/bin/env bash
# Judges an installation: with the project's build and dependencies hidden, the installed tool says what it lacks and where it
# looked, packs the same package as the build does, and serves the installed model; then it is removed without a trace.
#
#   Scripts/check-install.sh
#
# Needs user namespaces or root. ADYTON_BUILD names a build that is there already.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'check-install: %s\n' "$*"; }
fail() {
    printf 'check-install: error: %s\n' "$*" >&2
    exit 1
}
work=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill -TERM "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
readonly work prefix="$work/prefix"

PREFIX="$prefix" Scripts/install.sh install
readonly build="${ADYTON_BUILD:-.build/release}"

mkdir -p "$work/app/"{proc,sys,dev,run,tmp,bin}
cp "$(command -v busybox)" "$work/app/bin/busybox"
printf '{"ApplicationPath": "/bin/busybox", "MemorySize": "128m", "Gateway": {"ApplicationPort": 8000}}' >"$work/config.json"
"$build/adyton" keygen -o "$work/key.pem" >/dev/null
ADYTON_BUILD="$build" Scripts/build-guest.sh gateway "$work/guest" >/dev/null
kernel=.deps/kernel/vmlinuz
[ ! -f .deps/sealed-kernel/vmlinuz ] || kernel=.deps/sealed-kernel/vmlinuz
"$build/adyton" package --owner 0:0 -o "$work/built.adyton" --kernel "$kernel" --modules .deps/kernel/modules \
    --init "$work/guest/init" --gateway "$work/guest/gateway" "$work/app" "$work/key.pem" "$work/config.json" >/dev/null
"$build/adyton" measure "$work/built.adyton" >"$work/built.txt"

namespace=(--mount)
[ "$(id -u)" = 0 ] || namespace+=(--map-root-user)
# become WORD...: this process becomes a command for which the project has neither a build nor dependencies.
become() {
    # shellcheck disable=SC2016  # for the inner shell to expand
    exec unshare "${namespace[@]}" bash -c '
        for folder in .build .deps; do mount -t tmpfs none "$folder"; done
        cd /
        exec env -u ADYTON_BUILD "$@"' bash "$@"
}
installed() { (become "$@"); }
installed "$prefix/bin/adyton" package --owner 0:0 -o "$work/app.adyton" "$work/app" "$work/key.pem" "$work/config.json" \
    >/dev/null
installed "$prefix/bin/adyton" measure "$work/app.adyton" | diff "$work/built.txt" - ||
    fail "the installed tool's package measures to other values than the build's"
say "the installed tool's package measures to the same as the build's"

mv "$prefix/lib/adyton/guest/vmlinuz" "$work/vmlinuz"
[ ! -d "$prefix/lib/adyton/guest/sealed-kernel" ] || mv "$prefix/lib/adyton/guest/sealed-kernel" "$work/sealed-kernel"
! installed "$prefix/bin/adyton" package -o "$work/none" "$work/app" "$work/key.pem" "$work/config.json" 2>"$work/errors" ||
    fail "the installed tool packs without a kernel"
for place in lib share; do
    grep -q "^  $prefix/$place/adyton/guest/vmlinuz" "$work/errors" ||
        fail "the installed tool does not say where it looked: $(cat "$work/errors")"
done
mkdir -p "$work/share/guest"
cp "$work/vmlinuz" "$work/share/guest/vmlinuz"
installed env ADYTON_SHARE="$work/share" "$prefix/bin/adyton" package --owner 0:0 -o "$work/other.adyton" "$work/app" \
    "$work/key.pem" "$work/config.json" >/dev/null
mv "$work/vmlinuz" "$prefix/lib/adyton/guest/vmlinuz"
[ ! -d "$work/sealed-kernel" ] || mv "$work/sealed-kernel" "$prefix/lib/adyton/guest/sealed-kernel"
say "it says what it lacks and where it looked, and looks into ADYTON_SHARE"

become "$prefix/bin/adyton" serve "$prefix/share/adyton/models/signal-flags" --engine onnx --port 0 >"$work/serve" 2>"$work/log" &
server=$!
address=
for _ in $(seq 600); do
    address=$(sed -n 's/^listening on //p' "$work/serve")
    [ -z "$address" ] || break
    kill -0 "$server" 2>/dev/null || fail "the installed server ended: $(tail -n 5 "$work/log")"
    sleep 0.1
done
"$prefix/bin/adyton" infer --insecure-plaintext "$address" --wait 120 --expect Examples/images/expected.json \
    Examples/images >/dev/null || fail "the installed server does not answer as expected"
kill -TERM "$server"
wait "$server" || fail "the installed server did not end with 0 on SIGTERM"
server=
say "the installed server answers about the sample images"

PREFIX="$prefix" Scripts/install.sh uninstall
[ -z "$(find "$prefix" -mindepth 1)" ] || fail "uninstalling leaves files behind: $(find "$prefix" -mindepth 1 | head)"
say "removed, and nothing is left"
