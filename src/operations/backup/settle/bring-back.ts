import type { Source } from '../../../model.ts'
import type { AsideReason } from '../../../vault/aside.ts'
import type { FileRow } from '../../../vault/catalogue/rows.ts'
import { inFolder, layout, splitPath } from '../../../vault/layout.ts'
import { linkFile, moveEntry } from '../../../vault/storage/abilities.ts'
import { bytesOf, isOffered } from '../../copy/bytes.ts'
import { fromCopies } from '../bytes/from-copies.ts'
import { firstStanding, putInstead, putOver, shareFile } from '../bytes/place.ts'
import { provenStrays } from '../bytes/strays.ts'
import { ownTrouble, pruneQuietly, refused, rethrown } from '../run/own-trouble.ts'
import { filePath, type Run } from '../run/run.ts'
import { sidecarsFollow } from '../written/sidecars.ts'

/**
 * Brings back the lost files of vanished items, which cannot be fetched again: found in the vault by hash they are moved back, else another
 * item's file gives them, else a further copy of the vault gives their bytes. A file in the trash is where it belongs, and stays.
 */
export async function bringBack(run: Run): Promise<void> {
  for (const file of run.vault.catalogue.vanishedNotHeld()) {
    const album = run.vault.catalogue.album(file.albumKey)?.urlPath ?? file.albumKey
    const concerned = { album, name: file.name, imageKey: file.imageKey }
    await ownTrouble(
      () => find(run, file),
      refused(run, concerned, 'it is no longer on SmugMug, and could not be brought back to its place'),
    )
  }
}

async function find(run: Run, file: FileRow): Promise<void> {
  const { catalogue, storage } = run.vault
  const path = filePath(run, file)
  const source = { url: '', grade: file.grade, md5: file.md5, size: file.size }
  const [found] = await provenStrays(run, source, path)
  if (found === undefined) return (await takeFromOther(run, file, path)) ? undefined : takeFromCopy(run, { file, source, path })
  if (found.path.startsWith(inFolder(layout.trash, ''))) {
    catalogue.removeFile(file.albumKey, file.imageKey, file.component)
    return
  }
  if (found.path !== path) {
    const isBack = await putBack(run, file, async () => {
      if (found.path.startsWith(inFolder(layout.history, ''))) return await linkFile(storage, found.path, path)
      await sidecarsFollow(run, [{ from: found.path, to: path }], rethrown)
      await moveEntry(storage, found.path, path)
    })
    if (!isBack) return
    await pruneQuietly(run, splitPath(found.path).folder)
  }
  catalogue.strays.remove(found.path)
  catalogue.putFile({ ...file, state: 'held' })
  run.derived.recordsChanged = true
}

/**
 * Gives a lost file the bytes of another item's file, which may have taken them while nobody knew of this one. Returns false if no other file has
 * them.
 */
async function takeFromOther(run: Run, file: FileRow, path: string): Promise<boolean> {
  const { catalogue } = run.vault
  const other = await firstStanding(run, catalogue.filesByMd5(file.md5))
  if (other === undefined || other.size !== file.size) return false
  if (!(await putBack(run, file, () => shareFile(run, filePath(run, other), path)))) return true
  catalogue.putFile({ ...file, state: 'held' })
  run.derived.recordsChanged = true
  return true
}

/** Lets `bring` put a lost file in its place. Its own damaged bytes go to history first. Returns false if anything else stands there. */
async function putBack(run: Run, file: FileRow, bring: () => Promise<unknown>): Promise<boolean> {
  const path = filePath(run, file)
  if (file.state !== 'damaged' && (await run.vault.storage.stat(path)) !== undefined) return false
  await putInstead(run, { path, reason: reasonFor(run, file), forget: false }, async () => void (await bring()))
  return true
}

const reasonFor = ({ vault: { catalogue } }: Run, { albumKey, imageKey }: FileRow): AsideReason => ({
  why: 'no longer what was stored: another size, or bytes that failed verification',
  album: catalogue.album(albumKey)?.urlPath ?? albumKey,
  imageKey,
})

/** Brings a file from a further copy that has it, and says so. Damaged bytes that stand in its place go to history. */
async function takeFromCopy(
  run: Run,
  { file, source, path }: { readonly file: FileRow; readonly source: Source; readonly path: string },
): Promise<void> {
  const { copies } = run
  if (copies === undefined || run.vault.mode !== 'write' || run.signal.aborted) return
  // Asked first: a damaged file that no copy has is not put aside each night in vain.
  if (!(await isOffered(copies, bytesOf(file)))) return
  const { catalogue } = run.vault
  const { albumKey, imageKey, name } = file
  const album = catalogue.album(albumKey)?.urlPath ?? albumKey
  const reason = reasonFor(run, file)
  const proof = await run.holdings.withPaths([path], () =>
    putOver(run, { path, reason, forget: false }, () => fromCopies(run, { source, known: file, path })),
  )
  if (proof === undefined) return
  catalogue.putFile({ ...file, sha256: proof.sha256, state: 'held' })
  run.derived.recordsChanged = true
  run.tally.problem({ kind: 'notice', album, name, imageKey, reason: `no longer on SmugMug, and brought back from the copy ${proof.copy}` })
}
