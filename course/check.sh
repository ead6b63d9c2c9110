#!/usr/bin/env bash
# Prints a point for each exercise that is solved: `./check.sh [NAME ...]`. An exercise is solved if it compiles,
# succeeds, asserts what its solution asserts, and prints what its solution prints. Of a learner only the folder
# `exercises/` counts.
set -uo pipefail
cd "$(dirname "$0")"
target=${CARGO_TARGET_DIR:-target}
export CARGO_TARGET_DIR=$target RUST_BACKTRACE=0
points=0 count=0

# Prints the lines of a file that assert or print, without their indentation.
demands() { grep -E '^ *(assert|println)' "$1" | sed 's/^ *//'; }

# Succeeds if the exercise is solved, and otherwise prints why it is not.
solved() {
    local dir=$1 name=$2 line ours theirs
    local exercise=exercises/$dir/$name.rs solution=solutions/$dir/$name.rs
    while IFS= read -r line; do
        grep -qF -- "$line" "$exercise" || { echo "this line is missing: $line"; return 1; }
    done < <(demands "$solution")
    cargo build --quiet --bin "$name" 2>/dev/null || { echo "it does not compile"; return 1; }
    theirs=$(timeout 120 "$target/debug/$name" 2>/dev/null) || { echo "it fails"; return 1; }
    cargo build --quiet --bin "${name}_sol" 2>/dev/null || { echo "its solution does not compile"; return 1; }
    ours=$(timeout 120 "$target/debug/${name}_sol" 2>/dev/null) || { echo "its solution fails"; return 1; }
    [ "$theirs" = "$ours" ] || { echo "it prints something else"; return 1; }
}

while read -r name dir; do
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then
        continue
    fi
    count=$((count + 1))
    if why=$(solved "$dir" "$name"); then
        points=$((points + 1))
        echo "1  $name"
    else
        echo "0  $name: $why"
    fi
done < <(sed -n 's/^name = "\(.*\)"$/\1/p; s/^dir = "\(.*\)"$/\1/p' info.toml | paste -d ' ' - -)
echo "$points of $count points"
