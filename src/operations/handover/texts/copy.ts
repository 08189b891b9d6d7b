/**
 * The script that copies a vault into a folder of another program, with the sidecars in their places. It holds nothing of a vault: every name
 * comes out of the list beside it, and is only ever an argument.
 */
export const COPY_SCRIPT = String.raw`#!/bin/sh
# Copies the photos and videos of a vault of smugmug-backup into a folder, each with its words.
#   sh copy.sh FOLDER         says what it would do
#   sh copy.sh --run FOLDER   does it
#   VAULT                     the folder of the vault, if it is not the one in vault.txt
# A file that stands in FOLDER already is never replaced. Run it again at any time: it goes on where it was.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
run=no
[ "\${1-}" != --run ] || { run=yes; shift; }
if [ $# -ne 1 ] || [ -z "$1" ]; then
  echo 'Usage: sh copy.sh [--run] FOLDER' >&2
  exit 2
fi
folder=$1
case "$folder" in /*) ;; *) folder=$(pwd)/$folder ;; esac
vault=\${VAULT:-$(cat "$here/vault.txt")}
[ -d "$vault" ] || { printf 'There is no folder %s: set VAULT to the folder of the vault.\n' "$vault" >&2; exit 2; }
case "$folder/" in "$vault/"*) echo 'Name a folder outside the vault.' >&2; exit 2 ;; esac
tab=$(printf '\t')
if grep -q "^embed$tab" "$here/files.tsv" && ! command -v exiftool >/dev/null; then
  echo 'Install ExifTool first (https://exiftool.org): it writes the words into the copies.' >&2
  exit 2
fi

copied=0
there=0
failed=0
problem() {
  printf 'Failed: %s (%s)\n' "$1" "$2" >&2
  failed=$((failed + 1))
}

# Writes the words of a sidecar into a copy. ExifTool takes % in the name of a source for a code.
embed() {
  exiftool -q -q -m -overwrite_original -charset filename=utf8 -tagsFromFile "$(printf '%s' "$1" | sed 's/%/%%/g')" -all:all "$2"
}

# Copies one file, and gives it its name only once it is whole and has its words.
copy() {
  target=$folder/$path
  dir=$(dirname -- "$target")
  mkdir -p "$dir" || { problem "$path" 'its folder could not be made'; return; }
  case "$path" in *.*) part="$dir/.smugmug-part.\${path##*.}" ;; *) part="$dir/.smugmug-part" ;; esac
  cp -p -- "$vault/$path" "$part" || { problem "$path" 'it could not be copied'; return; }
  chmod u+w "$part"
  if [ "$kind" = embed ] && ! embed "$here/$sidecar" "$part"; then problem "$path" 'copied, but ExifTool could not write its words'; fi
  mv -- "$part" "$target"
  copied=$((copied + 1))
}

while IFS="$tab" read -r kind path sidecar beside <&3; do
  if [ ! -f "$vault/$path" ]; then
    problem "$path" 'not in the vault'
  elif [ -e "$folder/$path" ]; then
    there=$((there + 1))
  elif [ "$run" = yes ]; then
    copy
  else
    copied=$((copied + 1))
  fi
  if [ "$run" = yes ] && [ "$kind" = beside ] && [ ! -e "$folder/$beside" ] && [ -e "$folder/$path" ]; then
    cp -- "$here/$sidecar" "$folder/$beside" || problem "$beside" 'its sidecar could not be copied'
  fi
done 3<"$here/files.tsv"

if [ "$run" = yes ]; then
  echo "$copied files copied, $there were there already, $failed failed."
else
  echo "$copied files would be copied, $there are there already, $failed are missing. Nothing was copied. To copy them: sh copy.sh --run FOLDER"
fi
[ "$failed" -eq 0 ] || exit 3
`.replaceAll('\\${', '${')
