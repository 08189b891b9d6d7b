/** The fixed texts of a handover to Piwigo. */
import { importScript } from './import-script.ts'

/** Says what Piwigo takes only after a change of its settings. */
const PREVIEW = String.raw`  jq -r .type "$here/items.jsonl" | grep -vxE 'jpg|jpeg|png|gif|webp' | sort | uniq -c | while read -r number ending; do
    printf 'Piwigo takes .%s files only after a change of its settings (see README.txt): %s of them\n' "$ending" "$number"
  done
  raw=$(jq -r '.raw[].file' "$here/items.jsonl" | grep -c . || :)
  [ "$raw" -eq 0 ] || echo "Piwigo keeps RAW files beside photos only after a change of its settings (see README.txt): $raw of them"
`

const PREPARE = String.raw`: "\${PIWIGO_URL:?Set it to the address of your Piwigo}"
: "\${PIWIGO_USER:?Set it to the name of an administrator of your Piwigo, or to the ID of an API key}"
: "\${PIWIGO_PASSWORD:?Set it to the password of that administrator, or to the secret of the API key}"
api=\${PIWIGO_URL%/}
api="\${api%/ws.php}/ws.php?format=json"
command -v md5sum >/dev/null || command -v md5 >/dev/null || { echo 'Install md5sum first.' >&2; exit 2; }
`

const SIGN_IN = String.raw`# Sends a request; its answer stands in $work/answer. After a failure the reason stands in $status. Stops where going on makes no sense.
# Names and words stand in files, of which curl reads them.
ask() {
  rm -f "$work/raw"
  status=$(cd "$work" && curl -sS -b jar -c jar -o raw -w '%{http_code}' "$@" "$api") || status=000
  [ "$status" != 000 ] || { echo "Piwigo did not answer at $api. Run it again: it goes on where it was." >&2; exit 3; }
  [ -f "$work/raw" ] || : >"$work/raw"
  # PHP may print warnings before the answer.
  sed -n 's/^.*{"stat":/{"stat":/p' "$work/raw" | tail -n 1 >"$work/answer"
  state=$(jq -r .stat "$work/answer" 2>/dev/null) || state=
  [ "$state" != ok ] || return 0
  reason=$(jq -r '.message // empty' "$work/answer" 2>/dev/null) || reason=
  [ -n "$reason" ] || reason=$(sed 's/<[^>]*>//g' "$work/raw" | tr -d '[:cntrl:]' | cut -c 1-200)
  if [ "$reason" = 'Access denied' ]; then
    echo 'Piwigo refused: its user must be an administrator, and stay signed in. Run it again: it goes on where it was.' >&2
    exit 4
  fi
  case "$status" in 200) status=$reason ;; *) status="$reason, HTTP $status" ;; esac
  return 1
}

# Sends $work/body.
post() {
  ask --data-binary @body
}

# Asks a method that takes nothing.
call() {
  printf 'method=%s' "$1" >"$work/body"
  post
}

# The password stands in a file, because everybody on this computer can read the arguments of a program.
jq -n -j '"method=pwg.session.login&username=\(env.PIWIGO_USER | @uri)&password=\(env.PIWIGO_PASSWORD | @uri)"' >"$work/body"
if ! post; then
  if [ -s "$work/answer" ]; then
    echo "Piwigo refused the name or the password ($status)." >&2
    exit 4
  fi
  echo "There is no Piwigo at $api ($status). Check PIWIGO_URL." >&2
  exit 3
fi
rm -f "$work/body"
# Piwigo before 16 wants a name with each piece of a file; the session counts.
jq -n -j env.PIWIGO_USER >"$work/user"
call pwg.session.getStatus || { echo "Piwigo did not say who signed in ($status)." >&2; exit 3; }
case "$(jq -r .result.status "$work/answer")" in
  webmaster | admin) ;;
  *) echo 'Piwigo lets only administrators add albums: give the name and the password of one, in PIWIGO_USER and PIWIGO_PASSWORD.' >&2; exit 4 ;;
esac
token=$(jq -r .result.pwg_token "$work/answer")
# The endings of the files that this Piwigo takes, and the size of the pieces in which it wants them.
types=,$(jq -r '.result.upload_file_types // "jpg,jpeg,png,gif"' "$work/answer"),
piece=$(jq -r '(.result.upload_form_chunk_size // 500 | tonumber) * 1024 | floor' "$work/answer")

`

const TAGS = String.raw`# Makes the tags that are not there yet. Piwigo has one tag for words that differ only by capitals or accents.
notes=$here/imported/tags.jsonl
touch "$notes"
call pwg.tags.getAdminList || { echo "Piwigo did not name its tags ($status)." >&2; exit 3; }
jq -n --slurpfile have "$work/answer" --slurpfile want "$here/tags.jsonl" --slurpfile noted "$notes" '
  $have[0].result.tags as $tags
  | ($tags | map({key: (.id | tostring), value: true}) | from_entries) as $ids
  | ($tags | map({key: ((.name_raw // .name) | sub(" +$"; "") | ascii_downcase), value: .id}) | from_entries) as $alike
  | ($tags | map({key: (.name_raw // .name), value: .id}) | from_entries) as $same
  | ($noted | map(select($ids[.id | tostring]) | {key: .key, value: .id}) | from_entries) as $made
  | [$want[] | {key: .key, value: ($made[.key] // $same[.name] // $alike[.name | ascii_downcase])}] | from_entries
' >"$work/found"
jq -c --slurpfile found "$work/found" 'select($found[0][.key] == null)' "$here/tags.jsonl" >"$work/wanted"
: >"$work/made"
while IFS= read -r line <&3; do
  printf '%s\n' "$line" | jq -j '"method=pwg.tags.add&name=\(.name | @uri)"' >"$work/body"
  if post; then
    jq -c --argjson tag "$line" '{key: $tag.key, id: .result.id}' "$work/answer" | tee -a "$notes" >>"$work/made"
  else
    printf 'Without a tag: %s (%s)\n' "$(field .name)" "$status" >&2
  fi
done 3<"$work/wanted"
jq -n --slurpfile found "$work/found" --slurpfile made "$work/made" '$found[0] + ($made | map({key: .key, value: .id}) | from_entries)' >"$work/tags"

`

const ALBUMS = String.raw`# Makes an album or a folder, or finds the one that an earlier run made.
album() {
  note=$here/imported/$(field .id)
  if [ -s "$note" ] && grep -qxF "$(cat "$note")" "$work/albums"; then return 0; fi
  rm -f "$note" "$note.items"
  above=
  parent=$(field '.parent // empty')
  if [ -n "$parent" ]; then
    above=$(cat "$here/imported/$parent" 2>/dev/null) || { status='the folder above it is missing'; return 1; }
  fi
  printf '%s\n' "$line" | jq -j --arg above "$above" '
    "method=pwg.categories.add&position=last&name=\(.name | @uri)&comment=\(.comment // "" | @uri)"
    + "&status=" + (if .private then "private" else "public" end) + (if $above == "" then "" else "&parent=" + $above end)
  ' >"$work/body"
  post || return 1
  jq -r .result.id "$work/answer" >"$note"
}

call pwg.categories.getAdminList || { echo "Piwigo did not name its albums ($status)." >&2; exit 3; }
jq -r '.result.categories[].id' "$work/answer" >"$work/albums"
while IFS= read -r line <&3; do
  album || problem "$(field .path)"
done 3<"$here/albums.jsonl"

`

const UPLOAD = String.raw`md5() {
  if command -v md5sum >/dev/null; then md5sum <"$1" | cut -d ' ' -f 1; else command md5 -q "$1"; fi
}

# Cuts piece $at out of a file of the vault.
cut_piece() {
  dd if="$vault/$1" of="$work/piece" bs="$piece" skip="$at" count=1 2>/dev/null || { status='it cannot be read'; return 1; }
}

# Sets $pieces, the number of pieces of a file.
count_pieces() {
  [ -f "$vault/$1" ] || { status='not in the vault'; return 1; }
  size=$(wc -c <"$vault/$1")
  pieces=$(((size + piece - 1) / piece))
  [ "$pieces" -gt 0 ] || { status='it is empty'; return 1; }
}

# Uploads the photo or video with its words. Piwigo compares the whole with its checksum.
upload() {
  count_pieces "$file" || return 1
  for part in upload name comment taken; do
    printf '%s\n' "$line" | jq -j ".$part // empty" >"$work/$part"
  done
  printf '%s\n' "$line" | jq -j --slurpfile known "$work/tags" '[.tags[] | $known[0][.] // empty | tostring] | join(",")' >"$work/tagged"
  set -- -F 'username=<user' -F 'filename=<upload' -F 'name=<name' -F "level=$level" -F "original_sum=$sum" -F "chunks=$pieces"
  [ ! -s "$work/comment" ] || set -- "$@" -F 'comment=<comment'
  [ ! -s "$work/taken" ] || set -- "$@" -F 'date_creation=<taken'
  [ ! -s "$work/tagged" ] || set -- "$@" -F 'tag_ids=<tagged'
  at=0
  while [ "$at" -lt "$pieces" ]; do
    cut_piece "$file" || return 1
    ask -F method=pwg.images.uploadAsync -F 'file=@piece;filename=piece' -F "chunk=$at" -F "chunk_sum=$(md5 "$work/piece")" "$@" || return 1
    at=$((at + 1))
  done
  image=$(jq -r '.result.id? // empty' "$work/answer")
  [ -n "$image" ] || { status='Piwigo did not put its pieces together: empty its folder upload/buffer, then run it again'; return 1; }
}

# Finds the photo in Piwigo by its checksum, or uploads it. Its number stands in $image.
photo() {
  printf 'method=pwg.images.exist&md5sum_list=%s' "$sum" >"$work/body"
  post || return 1
  image=$(jq -r --arg sum "$sum" '.result[$sum]? // empty' "$work/answer")
  if [ -n "$image" ]; then
    there=$((there + 1))
    return 0
  fi
  case "$types" in
    *",$type,"*) upload ;;
    *) status="this Piwigo takes no .$type files: see README.txt"; return 1 ;;
  esac
}

# Puts the photo into its album, at its place.
place() {
  hide=
  [ "$level" -eq 0 ] || hide="&level=$level"
  printf 'method=pwg.images.setInfo&single_value_mode=fill_if_empty&multiple_value_mode=append&image_id=%s&categories=%s,%s%s' \
    "$image" "$id" "$rank" "$hide" >"$work/body"
  post || return 1
  if [ "$cover" = true ]; then
    printf 'method=pwg.categories.setRepresentative&category_id=%s&image_id=%s' "$id" "$image" >"$work/body"
    post || return 1
  fi
}

# Uploads a RAW file as a format of the photo. Piwigo would add pieces to those of an interrupted run: each try has a name of its own.
format() {
  file=$(field ".raw[$1].file")
  sum=$(field ".raw[$1].md5")
  if grep -qxF "$image $sum" "$here/imported/formats" 2>/dev/null; then return 0; fi
  [ "$formats" = yes ] || return 1
  count_pieces "$file" || return 1
  name=$sum-$$-$(date +%s).$(field ".raw[$1].type")
  at=0
  while [ "$at" -lt "$pieces" ]; do
    cut_piece "$file" || return 1
    if ! ask -F method=pwg.images.upload -F "pwg_token=$token" -F "format_of=$image" -F "name=$name" -F "chunk=$at" -F "chunks=$pieces" \
      -F 'file=@piece;filename=piece'; then
      case "$status" in
        *disabled*) formats=no; refusal="this Piwigo keeps no RAW files: see README.txt"; status=$refusal ;;
      esac
      return 1
    fi
    at=$((at + 1))
  done
  printf '%s %s\n' "$image" "$sum" >>"$here/imported/formats"
}

`

const ITEMS = String.raw`formats=yes
while IFS= read -r line <&3; do
  # No name in a vault has a line break in it.
  field '.album, .file, .md5, .type, (if .hidden then 8 else 0 end), .rank, (.cover == true), (.raw | length)' >"$work/fields"
  {
    IFS= read -r album
    IFS= read -r file
    IFS= read -r sum
    IFS= read -r type
    IFS= read -r level
    IFS= read -r rank
    IFS= read -r cover
    IFS= read -r count
  } <"$work/fields"
  placed=$here/imported/$album.items
  if grep -qxF "$sum" "$placed" 2>/dev/null; then
    there=$((there + 1))
    done=$((done + 1))
    continue
  fi
  id=$(cat "$here/imported/$album" 2>/dev/null) || { status='its album is missing'; problem "$file"; continue; }
  { photo && place; } || { problem "$file"; continue; }
  whole=$sum
  at_raw=0
  while [ "$at_raw" -lt "$count" ]; do
    if ! format "$at_raw"; then
      [ "$formats" = yes ] || status=$refusal
      problem "$file"
      whole=
    fi
    at_raw=$((at_raw + 1))
  done
  [ -z "$whole" ] || printf '%s\n' "$whole" >>"$placed"
  done=$((done + 1))
done 3<"$here/items.jsonl"
call pwg.session.logout || :
`

/** The script: see `importScript`. */
export const PIWIGO_SCRIPT = importScript({
  program: 'Piwigo',
  variables: `#   PIWIGO_URL           the address of your Piwigo, such as http://localhost:8080
#   PIWIGO_USER          the name of an administrator of it, or the ID of an API key
#   PIWIGO_PASSWORD      the password of that administrator, or the secret of the API key`,
  tools: 'curl jq dd',
  shown: String.raw`"  \(.items)\t\(.path)" + (if .private then "  (private)" else "" end)`,
  preview: PREVIEW,
  prepare: PREPARE,
  run: SIGN_IN + TAGS + ALBUMS + UPLOAD + ITEMS,
})
