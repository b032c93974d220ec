#!/bin/bash
# Asks each shell what it offers for every command and option, and holds that against the tables of the program.
# Usage: test_shell_completion.sh ORIGINTLS LIST_COMPLETIONS
set -euo pipefail
program=$1
list=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
mkdir "$work/folder" "$work/home"
touch "$work/folder/some.file"
for shell in bash zsh fish; do
    "$program" completion "$shell" >"$work/completion.$shell"
done

# Every answer is a line: the question, a tab, and the words that are offered, sorted. A shell need not offer once more
# what has been given.
sorted() {
    awk -F '\t' '{ n = split($2, words, " "); line = ""; delete seen
        while (n-- > 0) { least = ""; for (i in words) if (least == "" || words[i] < least) { least = words[i]; at = i }
            delete words[at]
            if (!(least in seen) && $1 !~ " " least "[ =]") line = line " " least; seen[least] }
        print $1 "\t" line }'
}
"$list" >"$work/table"
sorted <"$work/table" >"$work/expected"
cut -f1 "$work/table" >"$work/questions"
[ "$(wc -l <"$work/questions")" -gt 300 ] || { echo "FAIL: the tables are empty" >&2; exit 1; }

for shell in bash zsh fish; do
    if ! command -v "$shell" >/dev/null; then
        echo "$shell is not installed"
        continue
    fi
    (cd "$work/folder" && env -i HOME="$work/home" PATH="$PATH" TERM=dumb LC_ALL=C.UTF-8 QUESTIONS="$work/questions" \
        ANSWERS="$work/answers.$shell" COMPLETION="$work/completion.$shell" "$shell" "$here/shells/ask.$shell") \
        >"$work/log.$shell" 2>&1 || { echo "FAIL: $shell: $(tail -n 5 "$work/log.$shell")" >&2; failures=$((failures + 1)); continue; }
    if ! diff "$work/expected" <(sorted <"$work/answers.$shell") >"$work/diff"; then
        echo "FAIL: $shell offers something else than the tables (<):" >&2
        head -n 20 "$work/diff" >&2
        failures=$((failures + 1))
    else
        echo "$shell answers $(wc -l <"$work/questions") questions as the tables do"
    fi
done
exit $((failures > 0))
