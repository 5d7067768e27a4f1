#!/usr/bin/env bash
# Lists the public evidence that tests read, and fetches what has a public origin into .cache/vectors.
#
#   Scripts/vectors.sh           fetch what is missing; needs a network, and says so where there is none
#   Scripts/vectors.sh --list    list path, SHA-256 and origin of each file, and whether it is there
#
# Tests look in .cache/vectors, then in ../shared/vectors. Scripts/requirements/vectors.txt names each file's repository,
# commit, path and SHA-256. Many files were cut out of a published one or made from it and have no origin to be fetched
# from; tests that need those skip without ../shared/vectors. ADYTON_VECTORS_MIRROR=URL names a mirror of
# https://raw.githubusercontent.com, with the same paths OWNER/NAME/COMMIT/PATH behind it.
# Exit status: 0 where each file with an origin is there and right, 69 where one could not be fetched.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly list="${ADYTON_VECTORS_LIST:-Scripts/requirements/vectors.txt}" folder="${ADYTON_VECTORS_FOLDER:-.cache/vectors}"
readonly mirror="${ADYTON_VECTORS_MIRROR:-https://raw.githubusercontent.com}" beside=../shared/vectors
say() { printf 'vectors: %s\n' "$*"; }

is_right() { printf '%s  %s\n' "$1" "$2" | sha256sum --check --status 2>/dev/null; }

# fetch DIGEST PATH REPOSITORY COMMIT ORIGIN: whole and right, or not at all. Fails with 2 where nobody answers.
fetch() {
    local digest=$1 target="$folder/$2" partial status=0
    mkdir -p "$(dirname "$target")"
    partial="$target.partial"
    curl --fail --silent --show-error --location --retry 2 --connect-timeout 10 --max-time 60 \
        --max-filesize 10000000 --output "$partial" "$mirror/$3/$4/$5" || status=$?
    if [ "$status" != 0 ]; then
        rm -f "$partial"
        # 22 is an answer that says no.
        [ "$status" = 22 ] || return 2
        say "$2: $mirror/$3/$4/$5 is not there" >&2
        return 1
    fi
    if ! is_right "$digest" "$partial"; then
        rm -f "$partial"
        say "$2: what $mirror/$3/$4/$5 gives has another digest than the pinned one" >&2
        return 1
    fi
    mv "$partial" "$target"
}

list_all() {
    local digest path repository commit origin state
    while read -r digest path repository commit origin; do
        state=missing
        if is_right "$digest" "$folder/$path"; then
            state=here
        elif is_right "$digest" "$beside/$path"; then
            state=beside
        fi
        if [ "$repository" = - ]; then
            printf '%-7s %s  %s  no public origin known\n' "$state" "$digest" "$path"
        else
            printf '%-7s %s  %s  https://github.com/%s/blob/%s/%s\n' "$state" "$digest" "$path" \
                "$repository" "$commit" "$origin"
        fi
    done < <(grep -v '^#' "$list")
}

fetch_all() {
    local digest path repository commit origin fetched=0 present=0 failed=0 without=0 silent=0 status
    while read -r digest path repository commit origin; do
        if [ "$repository" = - ]; then
            without=$((without + 1))
        elif is_right "$digest" "$folder/$path"; then
            present=$((present + 1))
        elif [ "$silent" -ge 3 ]; then
            # Without a network each further one would only take its time.
            failed=$((failed + 1))
        else
            status=0
            fetch "$digest" "$path" "$repository" "$commit" "$origin" || status=$?
            case "$status" in
            0) fetched=$((fetched + 1)) silent=0 ;;
            2) failed=$((failed + 1)) silent=$((silent + 1)) ;;
            *) failed=$((failed + 1)) silent=0 ;;
            esac
        fi
    done < <(grep -v '^#' "$list")
    say "$fetched fetched, $present were in $folder, $without have no public origin"
    [ "$failed" = 0 ] || {
        say "error: $failed files could not be fetched from $mirror; is there a network?" >&2
        exit 69
    }
}

case "${1:-}" in
'') fetch_all ;;
--list) list_all ;;
-h | --help) sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" ;;
*)
    say "error: unknown option '$1'; expected --list or nothing" >&2
    exit 64
    ;;
esac
