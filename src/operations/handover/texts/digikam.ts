/** The fixed texts of a handover to digiKam. */

/** The beginning and the end of the statements about albums. */
export const DIGIKAM_SQL = {
  head: `-- Captions, dates and covers of albums for digiKam. Close digiKam and keep a copy of digikam4.db first. Then:
--   sqlite3 digikam4.db < albums.sql
BEGIN;
`,
  foot: 'COMMIT;\n',
} as const

/** The words of an album for digiKam's database. */
interface AlbumWords {
  /** Its folder in the vault. */
  readonly folder: string
  readonly caption: string
  /** The day of its first photo: `2024-06-14`. */
  readonly first?: string
  /** The name of the file of its cover. */
  readonly icon?: string
}

/** Returns a statement that gives an album of digiKam its caption, its date and its cover. A caption or cover that it has stays. */
export function albumStatement({ folder, caption, first, icon }: AlbumWords): string {
  const sets = [
    `caption = CASE WHEN COALESCE(caption, '') = '' THEN ${literal(caption)} ELSE caption END`,
    ...(first === undefined ? [] : [`date = ${literal(first)}`]),
    ...(icon === undefined
      ? []
      : [`icon = COALESCE(icon, (SELECT Images.id FROM Images WHERE Images.album = Albums.id AND Images.name = ${literal(icon)}))`]),
  ]
  const where = `relativePath = ${literal(`/${folder}`)} AND albumRoot IN (SELECT id FROM AlbumRoots WHERE label = 'SmugMug')`
  return `UPDATE Albums SET ${sets.join(', ')} WHERE ${where};\n`
}

/** Returns a text for SQL, on one line: the shell of SQLite takes some lines for commands. */
const literal = (text: string): string =>
  text
    .toWellFormed()
    .split(/\r\n|[\r\n]/)
    .map((line) => `'${line.replace(/\p{Cc}/gu, ' ').replaceAll("'", "''")}'`)
    .join(' || char(10) || ')

/** Says what to do with the files. */
export const DIGIKAM_README = `A vault of smugmug-backup for digiKam

1. Copy the photos and videos into a folder, each with its sidecar. First see what would happen:
       sh copy.sh ~/Pictures/SmugMug
       sh copy.sh --run ~/Pictures/SmugMug
   A file that stands there already is never replaced. The folder must be outside the vault:
   digiKam writes into sidecars, and you may want it to write into photos.

2. In digiKam, Settings > Configure digiKam > Metadata > Sidecars: turn on "Read from sidecar
   files", before you add the folder. Leave "Sidecar file names are compatible with commercial
   programs" off.

3. Settings > Configure digiKam > Collections: add the folder, with the name SmugMug. digiKam
   reads titles, captions, tags with their hierarchy, places and times out of the sidecars. If the
   folder was there before, choose all of it and Item > Reread Metadata From File.

4. Captions, dates and covers of albums stand in no sidecar. They go into digiKam's database
   (SQLite; by default digikam4.db in your folder of pictures): close digiKam, copy digikam4.db to a
   safe place, then
       sqlite3 digikam4.db < albums.sql
   Only albums of the collection SmugMug are changed. A caption or cover that you gave stays.

Run "smugmug-backup handover digikam" again after a backup, then copy.sh: what is new comes along.
`
