#!/usr/bin/env bash
# Installs the programs with everything that they need besides system libraries, and takes an installation away again.
#
#   Scripts/install.sh install       builds the release and installs it
#   Scripts/install.sh uninstall     removes what the last installation put there
#
# PREFIX is where it goes (default /usr/local), DESTDIR is put in front of it where a package is staged, and ADYTON_BUILD names a
# build that is there already. Programs are stripped, and need no Swift to run. Docs/how-to/install.md lists what goes where.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'install: %s\n' "$*"; }
fail() {
    printf 'install: error: %s\n' "$*" >&2
    exit 1
}
readonly prefix="${PREFIX:-/usr/local}"
case "$prefix" in /*) ;; *) fail "PREFIX must be an absolute path, found '$prefix'" ;; esac
readonly target="${DESTDIR:-}$prefix"
# Where the list of installed files is, for uninstall.
readonly list="$target/share/adyton/installed.txt"
readonly zsh_folder="${ZSH_FOLDER:-share/zsh/site-functions}"

build_release() {
    Scripts/setup.sh run
    say "building the release"
    Scripts/swift-release.sh --product adyton
    Scripts/build-guest.sh all >/dev/null
}

# put MODE SOURCE PATH: a file below the prefix, known to uninstall.
put() {
    mkdir -p "$target/$(dirname "$3")"
    install -m "$1" "$2" "$target/$3"
    printf '%s\n' "$3" >>"$list.partial"
}
# put_tree SOURCE PATH: every file of a folder.
put_tree() {
    local file
    while IFS= read -r file; do put 644 "$1/$file" "$2/$file"; done < <(cd "$1" && find . -type f | sed 's|^\./||' | LC_ALL=C sort)
}

programs() {
    strip --strip-all -o "$work/adyton" "$build/adyton"
    put 755 "$work/adyton" bin/adyton
    # Machines take the same files, so they should be the same bytes for everyone.
    put 755 "$guest/adyton-server" bin/adyton-server
    put 755 "$guest/gateway" bin/adyton-gateway
}

parts() {
    put 644 .deps/onnxruntime/lib/libonnxruntime.so.1 lib/adyton/libonnxruntime.so.1
    put 644 "$guest/libAdytonTorch.so" lib/adyton/libAdytonTorch.so
    put 644 .deps/kernel/vmlinuz lib/adyton/guest/vmlinuz
    sealed_kernel
    put 755 "$guest/init" lib/adyton/guest/adyton-init
    ln -sfn ../../../bin/adyton-gateway "$target/lib/adyton/guest/adyton-gateway"
    printf 'lib/adyton/guest/adyton-gateway\n' >>"$list.partial"
    local name
    while IFS= read -r name; do
        # What the kernel has built in is no file.
        [ ! -f ".deps/kernel/modules/$name.ko" ] ||
            put 644 ".deps/kernel/modules/$name.ko" "lib/adyton/guest/modules/$name.ko"
    done < <(grep -v '^#' Scripts/requirements/modules.txt)
    put_tree Models/signal-flags share/adyton/models/signal-flags
    put_tree Examples/images share/adyton/examples/images
    put_tree Examples/server share/adyton/examples/server
}

# The project's own kernel, where `make kernel` has built it, with all that its source has beside Debian's.
sealed_kernel() {
    [ -f .deps/sealed-kernel/vmlinuz ] || return 0
    put 644 .deps/sealed-kernel/vmlinuz lib/adyton/guest/sealed-kernel/vmlinuz
    [ ! -f .deps/sealed-kernel/vmlinuz-debug ] ||
        put 644 .deps/sealed-kernel/vmlinuz-debug lib/adyton/guest/sealed-kernel/vmlinuz-debug
    put_tree Kernel share/doc/adyton/kernel
    put 644 Scripts/build-kernel.sh share/doc/adyton/kernel/build-kernel.sh
    put 644 Scripts/requirements/kernel.txt share/doc/adyton/kernel/kernel.txt
}

words() {
    local name version
    version=$("$build/adyton" --version)
    for name in adyton adyton-server adyton-gateway; do
        Scripts/man-pages.py "$build/$name" "$work/man" "$version"
        for shell in bash zsh fish; do
            # Completions are read by a shell, and not run.
            "$build/$name" --generate-completion-script "$shell" | sed '1{/^#!/d}' >"$work/$name.$shell"
        done
        put 644 "$work/$name.bash" "share/bash-completion/completions/$name"
        put 644 "$work/$name.zsh" "$zsh_folder/_$name"
        put 644 "$work/$name.fish" "share/fish/vendor_completions.d/$name.fish"
    done
    put_tree "$work/man" share/man/man1
    put 644 LICENSE share/doc/adyton/LICENSE
    Scripts/licences.sh installation "$work/licences"
    put_tree "$work/licences" share/doc/adyton/licences
}

install_all() {
    [ -n "${ADYTON_BUILD:-}" ] || build_release
    readonly build="${ADYTON_BUILD:-.build/release}"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    readonly work
    if [ -n "${ADYTON_BUILD:-}" ]; then
        guest=$work/guest
        Scripts/build-guest.sh all "$guest" >/dev/null
    else
        guest=.build/guest
    fi
    readonly guest
    mkdir -p "$(dirname "$list")"
    : >"$list.partial"
    programs
    parts
    words
    printf 'share/adyton/installed.txt\n' >>"$list.partial"
    mv "$list.partial" "$list"
    say "installed into $target: $(du -sh --apparent-size "$target/lib/adyton" | cut -f1) of parts," \
        "$(cd "$target/bin" && du -ch --apparent-size adyton adyton-server adyton-gateway | tail -n 1 | cut -f1) of programs"
}

uninstall_all() {
    [ -f "$list" ] || fail "no installation is known in $target: $list is missing"
    local file folder
    while IFS= read -r file; do
        case "/$file/" in */../* | //*) fail "$list has a path that leaves $target: $file" ;; esac
        rm -f "$target/$file"
        # Folders that are empty now go, up to the prefix.
        folder=$(dirname "$file")
        while [ "$folder" != . ] && rmdir "$target/$folder" 2>/dev/null; do folder=$(dirname "$folder"); done
    done < <(cat "$list")
    say "removed the installation in $target"
}

case "${1:-}" in
install) install_all ;;
uninstall) uninstall_all ;;
*) fail "usage: Scripts/install.sh install|uninstall" ;;
esac
