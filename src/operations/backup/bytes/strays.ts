import type { Source } from '../../../model.ts'
import type { FileRow, StrayRow } from '../../../vault/catalogue/rows.ts'
import { inFolder, layout, splitPath } from '../../../vault/layout.ts'
import { hashFile } from '../../../vault/storage/abilities.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import { filePath, type Run } from '../run/run.ts'
import { strayStands } from './place.ts'

type Seeker = Pick<Run, 'vault' | 'holdings' | 'signal' | 'emit' | 'bounds' | 'loadedAs'>

/**
 * Finds a stray that has exactly the source's bytes, hashed from the disk. Tries strays of the right size, the likeliest first: under
 * the wanted name, hashed before, in the wanted folder, anywhere. A hash is remembered, so adopting can be interrupted and continued.
 * Returns nothing when the source has no MD5.
 */
export async function provenStrays(run: Seeker, source: Source, path: string): Promise<readonly StrayRow[]> {
  const { md5, size } = source
  if (md5 === undefined || size === undefined) return []
  return firstProven(run, md5, candidates(run, { md5, size, path }))
}

/**
 * Finds such a stray in the folder of the path, or where a stopped run left what it moved: the file's own bytes, which it lost sight of.
 * They are preferred to a copy of another item's file, or they would be left over.
 */
export async function strayNearby(run: Seeker, source: Source, path: string): Promise<readonly StrayRow[]> {
  const { md5, size } = source
  if (md5 === undefined || size === undefined) return []
  const { folder } = splitPath(path)
  const isNear = (stray: StrayRow): boolean => splitPath(stray.path).folder === folder || stray.path.startsWith(`${layout.moving}/`)
  return firstProven(run, md5, candidates(run, { md5, size, path, isNear }))
}

/**
 * Finds where a file lies that a stopped run lost sight of: not under its row's name, but in the same folder or in `moving/`, proven by the
 * row's hash. Returns undefined for a file that is held.
 */
export async function lostFile(run: Seeker, file: FileRow): Promise<string | undefined> {
  if (file.state === 'held') return undefined
  const folder = run.vault.catalogue.album(file.albumKey)?.folder
  if (folder === undefined) return undefined
  const source = { url: '', grade: file.grade, md5: file.md5, size: file.size }
  const [stray] = await strayNearby(run, source, inFolder(folder, file.name))
  return stray !== undefined && (await strayStands(run, stray)) ? stray.path : undefined
}

/** Returns the path of a file's bytes, damaged ones too. Returns undefined for a lost file: another one that stands under its name is not its own. */
export async function standingPath(run: Seeker, file: FileRow): Promise<string | undefined> {
  return (await lostFile(run, file)) ?? (file.state === 'missing' ? undefined : filePath(run, file))
}

async function firstProven(run: Seeker, md5: string, strays: Iterable<StrayRow>): Promise<readonly StrayRow[]> {
  for (const stray of strays) {
    const hashed = stray.md5 === undefined || stray.sha256 === undefined ? await hashOnce(run, stray) : stray
    if (hashed?.md5 === md5) return [hashed]
  }
  return []
}

interface Wanted {
  readonly md5: string
  readonly size: number
  readonly path: string
  /** Leaves out all others. */
  readonly isNear?: (stray: StrayRow) => boolean
}

function* candidates({ vault: { catalogue }, bounds: { strays: page } }: Seeker, wanted: Wanted): Generator<StrayRow> {
  const { md5, size, path, isNear } = wanted
  // As a rule there is none, and this is asked for every photo.
  if (!catalogue.strays.hasSize(size)) return
  const { folder } = splitPath(path)
  const exact = catalogue.strays.get(path)
  if (exact?.size === size) yield exact
  if (isNear === undefined) {
    yield* catalogue.strays.byMd5(md5, size)
    if (folder !== '') yield* catalogue.strays.unhashed(size, { below: folder, page })
    yield* catalogue.strays.unhashed(size, { page })
  } else {
    yield* catalogue.strays.byMd5(md5, size).filter(isNear)
    for (const below of [folder, layout.moving]) yield* Iterator.from(catalogue.strays.unhashed(size, { below, page })).filter(isNear)
  }
  // Other items hash strays at the same time: one that they hashed since the first look is not unhashed any more.
  yield* isNear === undefined ? catalogue.strays.byMd5(md5, size) : catalogue.strays.byMd5(md5, size).filter(isNear)
}

/** Hashes a stray once for several items that ask at the same time. One that cannot be hashed is forgotten, until the next survey meets it. */
async function hashOnce(run: Seeker, stray: StrayRow): Promise<StrayRow | undefined> {
  const hashed = await run.holdings.hashOnce(stray.path, () => hash(run, stray))
  if (hashed === undefined) run.vault.catalogue.strays.remove(stray.path)
  return hashed
}

/** Hashes a stray. Returns undefined when it is gone or has changed since the survey. */
async function hash(run: Seeker, stray: StrayRow): Promise<StrayRow | undefined> {
  const { storage, catalogue } = run.vault
  const standing = await storage.stat(stray.path)
  if (standing === undefined || standing.size !== stray.size || standing.mark !== stray.mark) return undefined
  try {
    const { md5, sha256 } = await hashFile(storage, stray.path, {
      signal: run.signal,
      seen: (bytes) => {
        run.holdings.hashedBytes += bytes
      },
    })
    // An adoption counts the files of the folder that it reads: two counts would take turns.
    if (run.loadedAs === 'stored') run.emit({ event: 'progress', done: run.holdings.hashedBytes, unit: 'bytes' })
    catalogue.strays.setHash(stray.path, { md5, sha256 })
    return { ...stray, md5, sha256 }
  } catch (error) {
    // Another item took it in the meantime, or this user may not read it.
    if (error instanceof StorageError) return undefined
    throw error
  }
}
