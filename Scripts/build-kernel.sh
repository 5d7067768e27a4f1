#!/usr/bin/env bash
# Builds the kernel of sealed machines from Debian's pinned source package.
#
#   Scripts/build-kernel.sh            the kernel of sealed machines, at .deps/sealed-kernel/vmlinuz
#   Scripts/build-kernel.sh debug      the one of debug packages, at .deps/sealed-kernel/vmlinuz-debug
#   Scripts/build-kernel.sh compare    builds the former again elsewhere, and fails where a byte differs
#   Scripts/build-kernel.sh --key      prints the digest of all that the kernel is made from, and builds nothing
#
# Source, configuration, patches and compiler determine a key. What was built under it stays in
# ~/.cache/adyton/kernel/KEY (or below XDG_CACHE_HOME), outside of any clone, so that one machine builds a kernel once.
# A build takes 10 to 13 minutes of one processor, and 2 GB below ADYTON_KERNEL_BUILD (default: the cache's own folder).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'build-kernel: %s\n' "$*"; }
fail() {
    printf 'build-kernel: error: %s\n' "$*" >&2
    exit 1
}
case "${1:-sealed}" in
sealed | debug | compare) kind=${1:-sealed} ;;
--key) kind=key ;;
-h | --help)
    sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
*) fail "unknown kernel '$1'; expected sealed, debug, compare or --key" ;;
esac
readonly kind
file=vmlinuz
[ "$kind" != debug ] || file=vmlinuz-debug
readonly file kernel="$PWD/Kernel" deps="${ADYTON_KERNEL_PLACE:-$PWD/.deps}" requirements=Scripts/requirements/kernel.txt
cache_root="${XDG_CACHE_HOME:-$HOME/.cache}/adyton/kernel"
readonly cache_root

read -r package version digest <<<"$(grep '^linux-source' "$requirements")"
digest=${digest#sha256:}
readonly package version digest

# The compiler's and the linker's versions are part of the key: another one gives other bytes.
for tool in gcc ld make flex bison bc patch; do
    command -v "$tool" >/dev/null || fail "$tool is missing; Scripts/setup.sh kernel installs it"
done
inputs() {
    printf '%s %s %s\n' "$package" "$version" "$digest"
    gcc --version | head -n 1
    ld --version | head -n 1
    (cd "$kernel" && find config debug.config patches -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
}
key=$(inputs | sha256sum | cut -c1-32)
readonly key cache="$cache_root/$key"
if [ "$kind" = key ]; then
    printf '%s\n' "$key"
    exit 0
fi

# In another folder, of a longer name, and with a cache of its own, to which only the source package is handed over.
if [ "$kind" = compare ]; then
    Scripts/build-kernel.sh sealed
    again=$(mktemp -d)
    trap 'rm -rf "$again"' EXIT
    mkdir -p "$again/cache/adyton/kernel"
    ln -s "$cache_root/$package-$version.deb" "$again/cache/adyton/kernel/"
    XDG_CACHE_HOME="$again/cache" ADYTON_KERNEL_PLACE="$again/place" ADYTON_KERNEL_BUILD="$again/built-in-another-folder" \
        Scripts/build-kernel.sh sealed
    cmp "$cache/$file" "$again/place/sealed-kernel/vmlinuz" || fail "a second build has other bytes"
    say "the same bytes from two folders"
    exit 0
fi

# place FILE: the kernel at its place in this clone.
place() {
    mkdir -p "$deps/sealed-kernel"
    cp "$cache/$1" "$deps/sealed-kernel/$1.partial"
    mv "$deps/sealed-kernel/$1.partial" "$deps/sealed-kernel/$1"
    say "$(cd "$deps/sealed-kernel" && sha256sum "$1") in .deps/sealed-kernel"
}

mkdir -p "$cache"
exec 9>"$cache_root/lock"
flock -n 9 || {
    say "waiting for another build of a kernel"
    flock 9
}
if [ -f "$cache/$file" ]; then
    place "$file"
    exit 0
fi

readonly work="${ADYTON_KERNEL_BUILD:-$cache_root/build}"
mkdir -p "$work"
readonly log="$work/build.log"

bring_by_apt() { (cd "$work/download" && apt-get download -qq "$package=$version") >>"$log" 2>&1; }

# The source package by apt, whose signatures vouch for a version; else from Debian's archive of all versions by its digest.
bring_source() {
    local archive="$cache_root/$package-$version.deb"
    if ! echo "$digest  $archive" | sha256sum --check --status 2>/dev/null; then
        say "downloading $package $version (150 MB, once)"
        rm -rf "$work/download"
        mkdir -p "$work/download"
        bring_by_apt || {
            # Lists that are old, or not there yet.
            if [ "$(id -u)" = 0 ]; then apt-get update -qq; else sudo -n apt-get update -qq; fi >>"$log" 2>&1 || true
            bring_by_apt || true
        }
        if ! compgen -G "$work/download/*.deb" >/dev/null; then
            local name="${package}_${version}_all.deb" sha1
            sha1=$(sed -n 's/^source-archive sha1://p' "$requirements")
            say "apt no longer has it; asking snapshot.debian.org"
            curl --fail --silent --show-error --location --retry 2 --max-time 1800 --output "$work/download/$name" \
                "https://snapshot.debian.org/file/$sha1" >>"$log" 2>&1 || rm -f "$work/download/$name"
        fi
        if ! compgen -G "$work/download/*.deb" >/dev/null; then
            say "WARNING: $package $version can be had nowhere; taking the newest that apt knows"
            say "WARNING: packages made with this kernel have other measurements than those of the pinned one"
            (cd "$work/download" && apt-get download -qq "$package") >>"$log" 2>&1 ||
                fail "$package could not be downloaded; see $log"
            unpinned=1
        fi
        mv "$work"/download/*.deb "$archive.partial"
        if [ -z "${unpinned:-}" ]; then
            echo "$digest  $archive.partial" | sha256sum --check --status ||
                fail "$package $version has another digest than the pinned $digest"
        fi
        mv "$archive.partial" "$archive"
    fi
    say "unpacking"
    rm -rf "$work/source" "$work/output"
    mkdir -p "$work/source" "$work/output"
    dpkg-deb --fsys-tarfile "$archive" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
        tar -xJ -C "$work/source" --strip-components=1 --exclude='*/Documentation/[!K]*'
    local patch
    for patch in "$kernel"/patches/*.patch; do
        patch --directory="$work/source" --strip=1 --fuzz=0 --quiet --forward <"$patch" >>"$log" ||
            fail "$(basename "$patch") does not apply to $package $version; see $log"
    done
    printf '%s\n' "$key" >"$work/source/.adyton-key"
}

# configure FRAGMENT...: nothing but what the fragments name, each line of which must have taken effect.
configure() {
    local line name value found
    {
        "${make[@]}" allnoconfig
        (cd "$work/source" && scripts/kconfig/merge_config.sh -m -O "$work/output" "$work/output/.config" "$@")
        "${make[@]}" olddefconfig
    } >>"$log" 2>&1 || fail "the configuration could not be made; see $log"
    while IFS= read -r line; do
        name=${line%%=*} value=${line#*=}
        # A later fragment decides.
        [ "$(cat "$@" | grep "^$name=" | tail -n 1)" = "$line" ] || continue
        found=$(sed -n "s/^$name=//p" "$work/output/.config")
        [ "${found:-n}" = "$value" ] || fail "$name: expected $value, found ${found:-n}; its dependencies are missing in Kernel/config"
    done < <(cat "$@" | grep '^CONFIG_')
}

# Whatever names the time, the user, the host and the folder of a build.
export KBUILD_BUILD_TIMESTAMP='2026-01-01 00:00:00 UTC' KBUILD_BUILD_USER=adyton KBUILD_BUILD_HOST=adyton
export KBUILD_BUILD_VERSION=1 LC_ALL=C
unset CFLAGS LDFLAGS KCFLAGS
readonly make=(make --silent -C "$work/source" "O=$work/output" "-j$(nproc)")

[ "$(cat "$work/source/.adyton-key" 2>/dev/null || true)" = "$key" ] || bring_source
fragments=("$kernel/config")
[ "$kind" != debug ] || fragments+=("$kernel/debug.config")
configure "${fragments[@]}"
say "compiling the $kind kernel (10 to 13 minutes of one processor); its messages are in $log"
started=$SECONDS
"${make[@]}" bzImage >>"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    fail "the kernel could not be compiled; all messages are in $log"
}
cp "$work/output/.config" "$cache/$file.config.partial"
mv "$cache/$file.config.partial" "$cache/$file.config"
cp "$work/output/arch/x86/boot/bzImage" "$cache/$file.partial"
sync "$cache/$file.partial"
mv "$cache/$file.partial" "$cache/$file"
say "built in $((SECONDS - started)) s: $(stat -c %s "$cache/$file") bytes"
place "$file"
