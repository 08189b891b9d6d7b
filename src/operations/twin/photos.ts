/** The photos and videos of a twin that lies elsewhere: it holds a copy of each, because a link into the vault would break on the way. */
import { DestinationError, IntegrityError } from '../../errors.ts'
import { formatBytes } from '../../events.ts'
import { checked } from '../../flow/checked.ts'
import { parallel } from '../../flow/parallel.ts'
import type { FileRow } from '../../vault/catalogue/rows.ts'
import { inFolder, splitPath } from '../../vault/layout.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { TwinRun } from './run.ts'

/** Files that are copied at a time. */
const WORKERS = 4

/** The file of an item, and its path, which is the same in the vault and in the twin. */
interface Photo {
  readonly path: string
  readonly file: Pick<FileRow, 'size' | 'md5' | 'sha256'>
}

/** Does the twin lie outside its vault? */
const isElsewhere = ({ target, vault }: Pick<TwinRun, 'target' | 'vault'>): boolean => target !== vault.storage

/**
 * Copies the photos and videos that a twin elsewhere lacks, each proven by size and MD5 on the way. One that cannot be copied is named.
 * Returns the number copied. Throws `DestinationError` before the first one if there is too little room for them.
 */
export async function copyPhotos(run: TwinRun): Promise<number> {
  if (!isElsewhere(run)) return 0
  const total = await lacking(run)
  if (total > 0) run.emit({ event: 'phase', name: 'copying photos' })
  let [copied, done] = [0, 0]
  await parallel(photosOf(run), { workers: WORKERS, signal: run.signal }, async (photo) => {
    const isDue = !run.files.isCurrent(photo.path, photo.file.sha256)
    if ((await copy(run, photo)) && isDue) copied += 1
    if (!isDue) return
    done += photo.file.size
    run.emit({ event: 'progress', done: Math.min(done, total), total, unit: 'bytes', more: true })
  })
  return copied
}

/** Returns the bytes that the twin lacks. Throws `DestinationError` if they do not fit. */
async function lacking(run: TwinRun): Promise<number> {
  let needed = 0
  for (const { path, file } of photosOf(run)) if (!run.files.isCurrent(path, file.sha256)) needed += file.size
  const free = await run.target.free?.()
  if (free !== undefined && needed > free)
    throw new DestinationError(
      `The twin needs ${formatBytes(needed)} in ${run.target.location} for its photos, and ${formatBytes(free)} are free.`,
      { hint: 'Make room there, or name a folder on a larger disk. Nothing was copied.' },
    )
  return needed
}

function* photosOf({ shown, vault }: TwinRun): Generator<Photo> {
  for (const { key, folder } of shown.albums()) {
    for (const { imageKey, md5, name } of shown.ofAlbum(key)) {
      const file = md5 === '' ? undefined : vault.catalogue.file(key, imageKey)
      if (file?.name === name) yield { path: inFolder(folder, name), file }
    }
  }
}

async function copy(run: TwinRun, { path, file }: Photo): Promise<boolean> {
  const bytes = () => checked(run.vault.storage.read(path), { size: file.size, md5: file.md5 }).stream
  const mtime = async () => (await run.vault.storage.stat(path))?.mtime
  try {
    return await run.files.copy({ path, sha256: file.sha256, mtime }, bytes, (name, reason) => run.report({ kind: 'failed', name, reason }))
  } catch (error) {
    if (!(error instanceof IntegrityError || error instanceof StorageError)) throw error
    run.report({ kind: 'damaged', name: path, reason: `it was not copied into the twin: ${error.message}` })
    return false
  }
}

/** Returns a function that knows the photos of a twin elsewhere by their paths. Ask for the paths of one folder after another. */
export function photosByPath({ shown, ...run }: TwinRun): (path: string) => boolean {
  if (!isElsewhere(run)) return () => false
  const keys = new Map(shown.albums().map(({ folder, key }) => [folder, key]))
  let [last, names]: readonly [string | undefined, ReadonlySet<string>] = [undefined, new Set()]
  return (path) => {
    const { folder, name } = splitPath(path)
    const key = keys.get(folder)
    if (key === undefined) return false
    if (folder !== last) names = new Set([...shown.ofAlbum(key)].flatMap((row) => (row.md5 === '' ? [] : [row.name])))
    last = folder
    return names.has(name)
  }
}
