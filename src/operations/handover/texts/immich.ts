/** The fixed texts of a handover to Immich. */
import { importScript } from './import-script.ts'

/** The script: see `importScript`. */
export const IMMICH_SCRIPT = importScript({
  program: 'Immich',
  variables: `#   IMMICH_INSTANCE_URL  the address of your Immich, such as http://localhost:2283
#   IMMICH_API_KEY       a key made in Immich: Account Settings, API Keys`,
  tools: 'curl jq',
  shown: String.raw`"  \(.items)\t\(.name)"`,
  prepare: String.raw`: "\${IMMICH_INSTANCE_URL:?Set it to the address of your Immich}"
: "\${IMMICH_API_KEY:?Set it to an API key of your Immich}"
api=\${IMMICH_INSTANCE_URL%/}
case "$api" in */api) ;; *) api=$api/api ;; esac
`,
  run: String.raw`# The key stands in a file, because everybody on this computer can read the arguments of a program.
printf 'x-api-key: %s\n' "$IMMICH_API_KEY" >"$work/key"

# Sends a request; its answer stands in $work/answer. Stops where going on makes no sense.
ask() {
  method=$1
  path=$2
  shift 2
  status=$(curl -sS -o "$work/answer" -w '%{http_code}' -X "$method" -H "@$work/key" -H 'Accept: application/json' "$@" "$api$path") || status=000
  case "$status" in
    2??) return 0 ;;
    000) echo "Immich did not answer at $api. Run it again: it goes on where it was." >&2; exit 3 ;;
    401 | 403) echo "Immich refused the API key (HTTP $status). It needs: asset.upload, album.read, album.create, album.update, albumAsset.create, stack.create." >&2; exit 4 ;;
    *) return 1 ;;
  esac
}

# Sends $work/body as JSON.
tell() {
  ask "$1" "$2" -H 'Content-Type: application/json' --data-binary "@$work/body"
}

sha1() {
  if command -v sha1sum >/dev/null; then sha1sum <"$1"; else shasum -a 1 <"$1"; fi | cut -d ' ' -f 1
}

# Quotes a name for a form of curl.
quoted() {
  printf '%s' "$1" | sed 's/[\\"]/\\&/g'
}

# Uploads a file of the vault under a name, with the sidecar of the item; its number in Immich stands in $asset.
upload() {
  [ -f "$vault/$1" ] || { status='not in the vault'; return 1; }
  data="assetData=@\"$(quoted "$vault/$1")\";filename=\"$(quoted "$2")\""
  words="sidecarData=@\"$(quoted "$here/$sidecar")\";filename=\"$(quoted "$2").xmp\""
  ask POST /assets -H "x-immich-checksum: $(sha1 "$vault/$1")" -F "$data" -F "$words" --form-string "deviceAssetId=$1" \
    --form-string 'deviceId=smugmug-backup' --form-string "fileCreatedAt=$taken" --form-string "fileModifiedAt=$taken" \
    --form-string "filename=$2" --form-string "visibility=$visibility" || return 1
  asset=$(jq -r .id "$work/answer")
  [ "$(jq -r .status "$work/answer")" = created ] || there=$((there + 1))
}

# Makes an album, or finds the one that an earlier run made.
album() {
  note=$here/imported/$1
  if [ -s "$note" ] && ask GET "/albums/$(cat "$note")?withoutAssets=true"; then return 0; fi
  printf '%s\n' "$line" | jq '{albumName: .name, description: .description}' >"$work/body"
  tell POST /albums || return 1
  jq -r .id "$work/answer" >"$note"
}

while IFS= read -r line <&3; do
  album "$(field .id)" || problem "$(field .name)"
done 3<"$here/albums.jsonl"

while IFS= read -r line <&3; do
  # No name in a vault has a line break in it.
  field '.album, .file, .name, .sidecar, .taken, (if .hidden then "archive" else "timeline" end), (.cover == true), (.stack | length)' >"$work/fields"
  {
    IFS= read -r album
    IFS= read -r file
    IFS= read -r name
    IFS= read -r sidecar
    IFS= read -r taken
    IFS= read -r visibility
    IFS= read -r cover
    IFS= read -r count
  } <"$work/fields"
  id=$(cat "$here/imported/$album" 2>/dev/null) || { status='its album is missing'; problem "$file"; continue; }
  upload "$file" "$name" || { problem "$file"; continue; }
  first=$asset
  printf '{"ids":["%s"]}' "$first" >"$work/body"
  if ! tell PUT "/albums/$id/assets" || ! jq -e 'all(.success or .error == "duplicate")' "$work/answer" >/dev/null; then
    problem "$file"
    continue
  fi
  if [ "$cover" = true ]; then
    jq -n --arg id "$first" '{albumThumbnailAssetId: $id}' >"$work/body"
    tell PATCH "/albums/$id" || problem "$file"
  fi
  if [ "$count" -gt 0 ]; then
    jq -n --arg id "$first" '{assetIds: [$id]}' >"$work/stack"
    at=0
    while [ "$at" -lt "$count" ]; do
      upload "$(field ".stack[$at].file")" "$(field ".stack[$at].name")" || { problem "$file"; break; }
      jq --arg id "$asset" '.assetIds += [$id]' "$work/stack" >"$work/body"
      cp "$work/body" "$work/stack"
      at=$((at + 1))
    done
    # The photo itself comes first: it is the one that is shown.
    if [ "$at" -eq "$count" ]; then
      cp "$work/stack" "$work/body"
      tell POST /stacks || problem "$file"
    fi
  fi
  done=$((done + 1))
done 3<"$here/items.jsonl"
`,
})

/** Says what to do with the files. */
export const IMMICH_README = `A vault of smugmug-backup for Immich

import.sh brings your photos, videos and albums into Immich, through the API of Immich. It needs
curl and jq, and an API key: in Immich, Account Settings > API Keys > New API Key, with the
permissions asset.upload, album.read, album.create, album.update, albumAsset.create and
stack.create.

First see what it would do; nothing is sent:
    sh import.sh

Then:
    export IMMICH_INSTANCE_URL=http://localhost:2283
    export IMMICH_API_KEY=...
    sh import.sh --run

Each photo gets its sidecar with title, caption, keywords, place and time. Albums get their title,
their description and their cover. RAW files are stacked behind their photo. A photo that was
hidden at SmugMug goes to the archive of Immich; it stays in its album. Albums are shared with
nobody, whoever saw them at SmugMug.

Run it again at any time: Immich knows each file by its checksum, and the folder "imported" has
the number of each album. Nothing in Immich is deleted or replaced; a photo that was there before
keeps its words. Immich sorts albums by time.

albums.jsonl and items.jsonl are the lists that the script reads, one JSON object a line. The
vault itself lies where vault.txt says; if it moved, set VAULT to its folder.
`
