import { DestinationError } from '../../../errors.ts'
import type { Item, Source } from '../../../model.ts'
import { type AsideReason, putAside, takeBack } from '../../../vault/aside.ts'
import type { FileRow, StrayRow } from '../../../vault/catalogue/rows.ts'
import { layout, splitPath } from '../../../vault/layout.ts'
import { linkFile, moveEntry, pruneFolders } from '../../../vault/storage/abilities.ts'
import { otherInTheWay, StorageError } from '../../../vault/storage/storage.ts'
import type { Proof } from '../loader.ts'
import { ownTrouble, refused } from '../run/own-trouble.ts'
import { filePath, type Run } from '../run/run.ts'
import { sidecarsFollow } from '../written/sidecars.ts'

/*
 * Bytes and paths of the vault, both for items and for the files beside them: checks what stands, takes a stray, sets a file aside, puts one over another or in its place.
 * The caller must hold the path (`Holdings.withPaths`).
 */

/** Returns the first of these files that really stands where the catalogue says, with its size. */
export async function firstStanding(run: Run, files: readonly FileRow[]): Promise<FileRow | undefined> {
  for (const file of files) if (await stands(run, file)) return file
  return undefined
}

/** Does a file stand where the catalogue says, with its size? Not in a folder that cannot be read. */
export const stands = async (run: Run, file: FileRow): Promise<boolean> =>
  !run.unreadable.has(file.albumKey) && (await run.vault.storage.stat(filePath(run, file)))?.size === file.size

/**
 * Returns the present row of a file that still stands under its name with its bytes. Returns undefined if its item got another name or other
 * bytes in the meantime.
 */
export async function stillHeld(run: Run, file: FileRow): Promise<FileRow | undefined> {
  const now = run.vault.catalogue.file(file.albumKey, file.imageKey, file.component)
  if (now?.md5 !== file.md5 || now.name !== file.name || now.state !== 'held') return undefined
  return (await stands(run, now)) ? now : undefined
}

/** Is a stray still the file that was hashed? Another task may have taken it, or put its own bytes over it. */
export async function strayStands(run: Pick<Run, 'vault'>, stray: StrayRow): Promise<boolean> {
  const standing = await run.vault.storage.stat(stray.path)
  const { catalogue } = run.vault
  // Size and time of two files may be equal: a file that was put there since has taken the stray's row away.
  const known = catalogue.strays.get(stray.path)?.md5 === stray.md5
  if (known && standing !== undefined && standing.size === stray.size && standing.mark === stray.mark) return true
  catalogue.strays.remove(stray.path)
  return false
}

/** Moves a stray, and its sidecar, to a free path. A file in history stays there too. */
export async function takeStray(run: Run, stray: StrayRow, path: string): Promise<void> {
  const { catalogue, storage } = run.vault
  if (stray.path.startsWith(`${layout.history}/`)) {
    await linkFile(storage, stray.path, path)
    return
  }
  if (stray.path !== path) {
    await sidecarsFollow(run, [{ from: stray.path, to: path }], refused(run, { name: path }, 'its sidecar could not be moved with it'))
    await moveEntry(storage, stray.path, path)
    await pruneFolders(storage, splitPath(stray.path).folder)
  }
  catalogue.strays.remove(stray.path)
}

/** Gives an item the bytes of another item's file: as a second name of it, or as a copy, as the settings say. */
export const shareFile = async ({ settings, vault: { storage } }: Run, from: string, to: string): Promise<void> => {
  await (settings.collected === 'copy' ? storage.copy(from, to) : linkFile(storage, from, to))
}

/** Puts a file that stands at a path into history, where another item may find its bytes. `keep`: it stays at its path too. */
export async function setAside(
  run: Run,
  path: string,
  how: { readonly reason: AsideReason; readonly keep?: boolean },
): Promise<string | undefined> {
  const { storage, catalogue } = run.vault
  const to = await putAside(storage, path, { place: 'history', now: run.clock.now(), ...how })
  if (to === undefined) return undefined
  catalogue.strays.remove(path)
  const standing = await storage.stat(to)
  if (standing !== undefined) catalogue.strays.see({ path: to, size: standing.size, mark: standing.mark }, run.startedAt)
  return to
}

/** Puts a file into history whose photo has other bytes in another album now, or removes it, as the settings say. */
export async function putReplacedAway(run: Run, path: string, of: Pick<FileRow, 'albumKey' | 'imageKey'>): Promise<void> {
  const album = run.vault.catalogue.album(of.albumKey)?.urlPath ?? of.albumKey
  if (run.settings.keepReplaced === 0) await run.vault.storage.remove(path)
  else await setAside(run, path, { reason: { why: 'replaced on SmugMug', album, imageKey: of.imageKey } })
}

/**
 * Lets `load` put new bytes at a path. A file that stands there goes to history first, and stays at its path until the new one replaces it
 * in one step. History drops it again if nothing came, or if `forget` says that replaced files are not kept.
 */
export async function putOver<P extends Proof>(
  run: Run,
  what: { readonly path: string; readonly reason: AsideReason; readonly forget: boolean },
  load: () => Promise<P | undefined>,
): Promise<P | undefined> {
  const aside = (await isFile(run, what.path)) ? await setAside(run, what.path, { reason: what.reason, keep: true }) : undefined
  const undo = async (): Promise<void> => {
    if (aside === undefined) return
    await run.vault.storage.remove(aside)
    run.vault.catalogue.strays.remove(aside)
  }
  try {
    const proof = await load()
    if (proof === undefined || what.forget) await undo()
    return proof
  } catch (error) {
    // If SmugMug refused, the old file stands at its path. If the disk refused, the new one may stand there: then history keeps the old.
    if (error instanceof StorageError) {
      if (aside !== undefined && (await takeBack(run.vault.storage, what.path, aside))) run.vault.catalogue.strays.remove(aside)
    } else if (!(error instanceof DestinationError)) await undo()
    throw error
  }
}

/**
 * Lets `bring` move or copy bytes to a path, which must be free for that. A file that stands there goes to history first, and comes back if
 * nothing came. History drops it after that if `forget` says that replaced files are not kept.
 */
export async function putInstead(
  run: Run,
  { path, reason, forget }: { readonly path: string; readonly reason: AsideReason; readonly forget: boolean },
  bring: () => Promise<void>,
): Promise<void> {
  const { storage, catalogue } = run.vault
  const aside = await setAside(run, path, { reason })
  // Other tasks must not build on it.
  if (aside !== undefined && forget) catalogue.strays.remove(aside)
  try {
    await bring()
  } catch (error) {
    const goBack = async (): Promise<void> => {
      // A network disk may refuse what it has done.
      if (aside === undefined || (await storage.stat(path)) !== undefined) return
      await moveEntry(storage, aside, path)
      catalogue.strays.remove(aside)
      await pruneFolders(storage, splitPath(aside).folder)
    }
    await ownTrouble(goBack, () => undefined)
    throw error
  }
  if (aside === undefined || !forget) return
  const drop = async (): Promise<void> => {
    await storage.remove(aside)
    await pruneFolders(storage, splitPath(aside).folder)
  }
  // The new bytes stand. If the disk refuses this, a later run clears the history.
  await ownTrouble(drop, () => undefined)
}

/** Does a file stand at a path? Throws `StorageError` for anything else there, before bytes are fetched that cannot be stored. */
async function isFile(run: Run, path: string): Promise<boolean> {
  const standing = await run.vault.storage.stat(path)
  if (standing === undefined || standing.kind === 'file') return standing !== undefined
  throw otherInTheWay(path, standing.kind === 'folder' ? 'a folder' : 'a link or a device', 'EEXIST')
}

/** Returns the row of a file that stands, proven, for an item; `component` is empty for the photo or video itself. */
export const heldFile = (
  item: Item,
  file: {
    readonly component: string
    readonly name: string
    readonly source: Source
    readonly proof: Proof
    readonly grade: FileRow['grade']
  },
): FileRow => ({
  albumKey: item.albumKey,
  imageKey: item.imageKey,
  component: file.component,
  name: file.name,
  size: file.proof.size,
  md5: file.proof.md5,
  sha256: file.proof.sha256,
  grade: file.grade,
  serial: item.serial,
  toldSize: file.source.size,
  toldMd5: file.source.md5,
  state: 'held',
  captured: file.proof.captured,
})
