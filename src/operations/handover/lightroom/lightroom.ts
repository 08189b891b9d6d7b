import { extname } from 'node:path'
import { keywordsOf } from '../../../vault/record/keywords.ts'
import { albumFacts } from '../albums.ts'
import { copyFiles, listCopies, type Wording } from '../copies.ts'
import { type HeldItem, heldItems } from '../held.ts'
import { type HandoverRun, type WholeAlbum, wholeAlbums } from '../job.ts'
import { LIGHTROOM_README } from '../texts/lightroom.ts'

/** Kinds of files beside which Lightroom reads a sidecar: proprietary RAW files. Words of any other kind must stand in the file. */
const RAW =
  /^\.(?:3fr|arw|cap|cr2|cr3|crw|dcr|dcs|eip|erf|fff|gpr|iiq|k25|kdc|mdc|mef|mos|mrw|nef|nrw|orf|pef|ptx|pxn|raf|raw|rw2|rwl|sr2|srf|srw|x3f)$/i

const wordingOf = (path: string): Wording => (RAW.test(extname(path)) ? 'beside' : 'embed')

/**
 * Writes a script that copies the vault into a folder for Lightroom: RAW files get their sidecar, all others get their words into the copy.
 * Each photo comes once, with a keyword for each album that shows it: Lightroom cannot import collections.
 */
export async function prepareLightroom(run: HandoverRun): Promise<void> {
  const { files } = run
  const factsOf = albumFacts(run)
  const list = await files.sheet('files.tsv')
  const paths = albumPaths(run)
  for await (const album of wholeAlbums(run)) {
    const { id } = factsOf(album)
    const held = await heldItems(run, album)
    const once = held.flatMap((each) => withAlbums(run, album, { each, paths }))
    await listCopies(run, list, { album, id, held: once, style: 'replace', wordingOf })
    run.counts.albums += 1
    run.counts.items += held.length
  }
  await files.folder('', [...copyFiles(run), { path: 'README.txt', text: LIGHTROOM_README }])
}

/** Returns a keyword with levels for each album, by its key. */
const albumPaths = ({ vault }: HandoverRun): ReadonlyMap<string, string> =>
  new Map(
    vault.catalogue.albums().flatMap(({ key, urlPath, vanishedAt }) => {
      const levels = urlPath.split('/').flatMap((level) => (level === '' ? [] : [level.replaceAll('|', '/')]))
      return vanishedAt === undefined ? [[key, ['SmugMug', ...levels].join('|')] as const] : []
    }),
  )

/** Returns an item with the keywords of its albums, if this album is the one that it is copied from. */
function withAlbums(
  { vault }: HandoverRun,
  { head }: WholeAlbum,
  { each, paths }: { readonly each: HeldItem; readonly paths: ReadonlyMap<string, string> },
): readonly HeldItem[] {
  const places = vault.catalogue
    .itemsByImage(each.item.imageKey)
    .filter(({ albumKey, vanishedAt }) => vanishedAt === undefined && paths.has(albumKey))
  const home = places.find(({ collected }) => !collected) ?? places[0]
  if (home !== undefined && home.albumKey !== head.key) return []
  const albums = places.flatMap(({ albumKey }) => paths.get(albumKey) ?? []).toSorted()
  return [
    { ...each, item: { ...each.item, keywordArray: [...new Set([...keywordsOf(each.item), ...albums])].filter((word) => word !== '') } },
  ]
}
