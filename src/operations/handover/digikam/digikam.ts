import { recordedTime } from '../../../vault/record/recorded-time.ts'
import { albumFacts } from '../albums.ts'
import { copyFiles, listCopies } from '../copies.ts'
import { type HeldItem, heldItems } from '../held.ts'
import { type HandoverRun, type WholeAlbum, wholeAlbums } from '../job.ts'
import { albumStatement, DIGIKAM_README, DIGIKAM_SQL } from '../texts/digikam.ts'

/** Writes a script that copies the vault into a folder for digiKam, with the sidecars that digiKam reads, and the words of albums as SQL for its database. */
export async function prepareDigikam(run: HandoverRun): Promise<void> {
  const { files } = run
  const factsOf = albumFacts(run)
  const [list, sql] = [await files.sheet('files.tsv'), await files.sheet('albums.sql')]
  await sql.write(DIGIKAM_SQL.head)
  for await (const album of wholeAlbums(run)) {
    const { id, description, cover } = factsOf(album)
    const held = await inThisFolder(run, album)
    await listCopies(run, list, { album, id, held, style: 'append', wordingOf: () => 'beside' })
    await sql.write(albumSql(album, { held, description, cover }))
    run.counts.albums += 1
    run.counts.items += held.length
  }
  await sql.write(DIGIKAM_SQL.foot)
  await files.folder('', [...copyFiles(run), { path: 'README.txt', text: DIGIKAM_README }])
}

/** Returns the held items that lie in the album's own folder: an album is a folder for digiKam. */
async function inThisFolder(run: HandoverRun, album: WholeAlbum): Promise<readonly HeldItem[]> {
  const held = await heldItems(run, album)
  return held.filter(({ item, path, name }) => {
    const isHere = path === (album.folder === '' ? name : `${album.folder}/${name}`)
    if (!isHere) {
      const reason = 'it was collected from another album, and only that one has its file'
      run.report({ kind: 'missing', album: album.head.urlPath, name, imageKey: item.imageKey, reason })
    }
    return isHere
  })
}

/** Returns a statement that gives an album of digiKam its caption, its date and its cover, where it has none. */
function albumSql(
  { head, folder }: WholeAlbum,
  { held, description, cover }: { readonly held: readonly HeldItem[]; readonly description: string; readonly cover: string },
): string {
  const caption = [head.name, description].filter((text) => text !== '').join('\n')
  const first = held.flatMap(({ item }) => recordedTime(item)?.local.slice(0, 10) ?? []).toSorted()[0]
  const icon = held.find(({ item }) => item.imageKey === cover)?.name
  return albumStatement({ folder, caption, ...(first !== undefined && { first }), ...(icon !== undefined && { icon }) })
}
