import { DestinationError, IntegrityError } from '../../errors.ts'
import { checked } from '../../flow/checked.ts'
import { noting } from '../../flow/noting.ts'
import { takeBack } from '../../vault/aside.ts'
import type { FileRow } from '../../vault/catalogue/rows.ts'
import { inFolder, isPutAside, splitPath } from '../../vault/layout.ts'
import { hashFile, linkFile, moveEntry, pruneFolders } from '../../vault/storage/abilities.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import { type Plain, plain, prefixed } from '../plain.ts'
import { heldRow, sameBytes, type WantedFile } from './plan.ts'
import { BrakeHolds, type CopyRun, keyOf, makeWay, report, setAside } from './run.ts'

/** A file that the copy lacks at its path, or has with other bytes. */
export interface Missing extends WantedFile {
  /** Other bytes stand at the path, which belonged to the same item. */
  readonly replaces: boolean
}

/**
 * Brings a file to its path from what the copy has already: as it stands there, from another path, from its history. Returns false if the copy
 * has no such bytes: they must be read from the first vault.
 */
export async function takeOwn(run: CopyRun, wanted: Missing): Promise<boolean> {
  return await attempted(run, wanted, async () => {
    if (await standsThere(run, wanted)) {
      run.tally.adopted += 1
      return note(run, wanted)
    }
    for (const held of run.to.catalogue.filesByMd5(wanted.file.md5)) {
      if (!sameBytes(held, wanted.file)) continue
      const from = pathOf(run, held)
      if (from === undefined || from === wanted.path || (await run.to.storage.stat(from))?.size !== held.size) continue
      return await takeHeld(run, wanted, { held, from })
    }
    const stray = await strayWith(run, wanted.file)
    if (stray === undefined) return false
    await clear(run, wanted)
    if (isAside(stray)) await linkFile(run.to.storage, stray, wanted.path)
    else {
      await moveEntry(run.to.storage, stray, wanted.path)
      run.to.catalogue.strays.remove(stray)
      await pruneFolders(run.to.storage, splitPath(stray).folder)
    }
    run.tally.adopted += 1
    return note(run, wanted)
  })
}

/** Reads a file from the first vault, and stores it if its bytes are the proven ones. The file that stood at its path goes to history first. */
export async function readFirst(run: CopyRun, wanted: Missing): Promise<void> {
  await attempted(run, wanted, async () => {
    const { file, path, replaces } = wanted
    const aside = await setAside(run, path, { why: replaces ? 'replaced in the first vault' : 'no longer what was stored', keep: true })
    let isOfFirst = false
    const { size, md5, sha256 } = file
    const bytes = noting(run.from.storage.read(path), () => {
      isOfFirst = true
    })
    const promised = { size, ...(md5 !== '' && { md5 }), ...(sha256 !== '' && { sha256 }) }
    const proof = checked(bytes, promised, {
      seen: (chunk) => {
        run.tally.bytes += chunk.length
      },
    })
    try {
      const mtime = (await run.from.storage.stat(path))?.mtime
      await run.to.storage.put(path, proof.stream, { size, ...(mtime !== undefined && { mtime }) })
    } catch (error) {
      if (aside !== undefined && !(error instanceof DestinationError) && (await takeBack(run.to.storage, path, aside)))
        run.to.catalogue.strays.remove(aside)
      if (error instanceof IntegrityError) throw new FirstDamaged(plain(error), error)
      if (isOfFirst && error instanceof StorageError) throw new FirstDamaged(plain(error), error)
      throw error
    }
    run.tally[replaces ? 'replaced' : 'stored'] += 1
    if (!replaces && wanted.old !== undefined && !run.unsound.has(keyOf(file))) run.tally.mended += 1
    return note(run, { ...wanted, file: { ...file, ...proof.result() } })
  })
}

/** A file of the first vault that cannot be read, or is not what was proven. */
class FirstDamaged extends Error {
  readonly trouble: Plain

  constructor(trouble: Plain, cause: Error) {
    super(trouble.reason, { cause })
    this.trouble = trouble
  }
}

/** Runs one step for a file; trouble of its own becomes its outcome. Returns the result of the step; true if the file failed. */
async function attempted(run: CopyRun, wanted: Missing, step: () => Promise<boolean>): Promise<boolean> {
  try {
    return await step()
  } catch (error) {
    const why = troubleOf(error)
    run.tally.failed += 1
    if (!(error instanceof FirstDamaged)) run.tally.refused += 1
    report(run, { kind: 'failed', name: wanted.path, imageKey: wanted.file.imageKey, ...why })
    // The bytes that the copy held of it are still there, unless the step had put them aside.
    if (wanted.old?.state !== 'held' || !(await stillStands(run, wanted))) run.to.catalogue.putFile({ ...wanted.file, state: 'missing' })
    return true
  }
}

/** Does a file stand at the path, or may one? */
async function stillStands({ to }: CopyRun, { path }: Missing): Promise<boolean> {
  try {
    return (await to.storage.stat(path)) !== undefined
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return true
  }
}

function troubleOf(error: unknown): Plain {
  if (error instanceof BrakeHolds) return { reason: 'another file stands in its place, and the safety brake holds that one' }
  if (error instanceof FirstDamaged) return prefixed('it is damaged or cannot be read in the first vault', error.trouble)
  if (error instanceof StorageError) return prefixed('the copy could not store it', plain(error))
  throw error
}

/** Notes that the bytes stand: bytes first, then the row. After a kill the file may have been there without a row, as one that belongs to no item. */
function note({ to: { catalogue } }: CopyRun, wanted: WantedFile): true {
  catalogue.putFile(heldRow(wanted))
  catalogue.strays.remove(wanted.path)
  return true
}

/** Does the wanted file stand at its path already, as after a kill? Its bytes decide. */
async function standsThere({ to: { storage } }: CopyRun, { file, path }: WantedFile): Promise<boolean> {
  const standing = await storage.stat(path)
  if (standing?.kind !== 'file' || standing.size !== file.size) return false
  return sameBytes({ ...file, ...(await hashFile(storage, path)) }, file)
}

function pathOf({ to: { catalogue } }: CopyRun, file: FileRow): string | undefined {
  const album = catalogue.album(file.albumKey)
  return album && inFolder(album.folder, file.name)
}

/** Takes bytes that the copy holds under another path: moves a file that the first vault has there no more, else gives it a second name. */
async function takeHeld(
  run: CopyRun,
  wanted: Missing,
  { held, from }: { readonly held: FileRow; readonly from: string },
): Promise<boolean> {
  const { storage, catalogue } = run.to
  const now = run.from.catalogue.file(held.albumKey, held.imageKey, held.component)
  const hasLeft = !run.isBraked && now === undefined
  await clear(run, wanted)
  if (hasLeft) {
    await moveEntry(storage, from, wanted.path)
    catalogue.removeFile(held.albumKey, held.imageKey, held.component)
    await pruneFolders(storage, splitPath(from).folder)
    run.left.add(splitPath(from).folder)
    run.tally.moved += 1
  } else {
    await linkFile(storage, from, wanted.path)
    run.tally.copied += 1
  }
  return note(run, wanted)
}

async function clear(run: CopyRun, { path, replaces }: Missing): Promise<void> {
  if (replaces) await setAside(run, path, { why: 'replaced in the first vault' })
  else await makeWay(run, path)
}

/** Hashes the files of a size in the copy that belong to no item, each once. One that cannot be hashed is forgotten, until the next survey meets it. */
export async function hashStrays({ to: { storage, catalogue } }: CopyRun, size: number): Promise<void> {
  for (const stray of [...catalogue.strays.unhashed(size, { page: 100 })]) {
    try {
      const { md5, sha256 } = await hashFile(storage, stray.path)
      catalogue.strays.setHash(stray.path, { md5, sha256 })
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      catalogue.strays.remove(stray.path)
    }
  }
}

export const isAside = (path: string): boolean => isPutAside(splitPath(path).folder)

/** Finds a file of the copy that belongs to no item and has these bytes: left by a kill, or in its history. */
export async function strayWith(run: CopyRun, file: FileRow): Promise<string | undefined> {
  const { storage, catalogue } = run.to
  if (!catalogue.strays.hasSize(file.size)) return undefined
  await hashStrays(run, file.size)
  // One that lies about is taken before one in the history, which stays there.
  const strays = catalogue.strays.byMd5(file.md5, file.size).toSorted((a, b) => Number(isAside(a.path)) - Number(isAside(b.path)))
  for (const stray of strays) {
    if (file.sha256 !== '' && stray.sha256 !== file.sha256) continue
    const standing = await storage.stat(stray.path)
    if (standing?.size === stray.size && standing.mark === stray.mark) return stray.path
  }
  return undefined
}
