/** The parts that the scripts for the APIs of other programs have in common. */

/** The parts of a script that differ from one program to the next. */
export interface ImportScript {
  /** The name of the program, for people. */
  readonly program: string
  /** Says which variables the script takes: lines of comments. */
  readonly variables: string
  /** The tools that the script needs, with spaces between them. */
  readonly tools: string
  /** The filter of jq that shows an album of `albums.jsonl` to a person. */
  readonly shown: string
  /** Further lines of the run that sends nothing. */
  readonly preview?: string
  /** Checks the variables, and sets what the functions below need. */
  readonly prepare: string
  /** Signs in, and brings everything over. */
  readonly run: string
}

/**
 * Returns a script that brings a vault into another program. It holds nothing of a vault: every name comes out of the lists beside it, and
 * is only ever an argument. `\${` stands for `${`.
 */
export const importScript = (parts: ImportScript): string =>
  (HEAD(parts) + PREVIEW(parts) + parts.prepare + WORK + parts.run + FOOT(parts)).replaceAll('\\${', '${')

const HEAD = ({ program, variables, tools }: ImportScript): string => String.raw`#!/bin/sh
# Brings a vault of smugmug-backup into ${program} through the API of ${program}. Without --run it only says what it would do.
${variables}
#   VAULT                the folder of the vault, if it is not the one in vault.txt
# It changes nothing in the vault, and deletes nothing in ${program}. Run it again at any time: nothing is uploaded twice.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
run=no
case "\${1-}" in
  '') ;;
  --run) run=yes ;;
  *) echo 'Usage: sh import.sh [--run]' >&2; exit 2 ;;
esac
for tool in ${tools}; do
  command -v "$tool" >/dev/null || { echo "Install $tool first." >&2; exit 2; }
done
vault=\${VAULT:-$(cat "$here/vault.txt")}
[ -d "$vault" ] || { printf 'There is no folder %s: set VAULT to the folder of the vault.\n' "$vault" >&2; exit 2; }
`

const PREVIEW = ({ shown, preview = '' }: ImportScript): string => String.raw`
if [ "$run" = no ]; then
  echo 'Albums that would be made or completed, with their photos and videos:'
  jq -r '${shown}' "$here/albums.jsonl"
  missing=0
  while IFS= read -r line <&3; do
    file=$(printf '%s\n' "$line" | jq -r .file)
    [ -f "$vault/$file" ] || { printf 'Missing in the vault: %s\n' "$file"; missing=$((missing + 1)); }
  done 3<"$here/items.jsonl"
${preview}  echo "$(grep -c . "$here/items.jsonl" || :) photos and videos, $missing of them missing. Nothing was sent. To send them: sh import.sh --run"
  exit 0
fi

`

const WORK = String.raw`umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$here/imported"
failed=0
done=0
there=0

# Returns a field of the line that was read last.
field() {
  printf '%s\n' "$line" | jq -r "$1"
}

# Names a file that failed, with the reason in $status.
problem() {
  printf 'Failed: %s (%s)\n' "$1" "$status" >&2
  failed=$((failed + 1))
}

`

const FOOT = ({ program }: ImportScript): string => `
echo "$done photos and videos are in ${program} with their albums ($there files were there already), $failed failed."
[ "$failed" -eq 0 ] || exit 3
`
