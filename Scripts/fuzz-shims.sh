# shellcheck shell=bash
# Sourced by the scripts that fuzz: the C shims, as objects and modules.

# compile_shims BUILD: BUILD/CLinux.o, BUILD/CArchive.o and BUILD/module.modulemap.
compile_shims() {
    local out=$1 shim source
    for shim in CLinux CArchive; do
        for source in "Sources/Shims/$shim"/*.c; do
            clang -O1 -g "-ISources/Shims/$shim/include" -c "$source" -o "$out/$shim-$(basename "$source" .c).o"
        done
        ld -r "$out/$shim"-*.o -o "$out/$shim.o"
        printf 'module %s {\n    header "%s"\n    export *\n}\n' "$shim" "$PWD/Sources/Shims/$shim/include/$shim.h"
    done >"$out/module.modulemap"
}
