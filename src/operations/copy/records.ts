/** The records and sidecars that a copy takes from the first vault: the words as they are now. */

import * as v from 'valibot'
import { IntegrityError } from '../../errors.ts'
import { checked } from '../../flow/checked.ts'
import { ALBUM_RECORD, inFolder } from '../../vault/layout.ts'
import { readAlbumRecord } from '../../vault/record/read-album-record.ts'
import { parseJson, RecordError, readText } from '../../vault/record/read-json.ts'
import { readXmp } from '../../vault/record/xmp-read.ts'
import { hashFile } from '../../vault/storage/abilities.ts'
import { type Entry, type Storage, StorageError } from '../../vault/storage/storage.ts'
import { scrubLeaving } from '../../vault/versions/scrub.ts'
import { plain, prefixed } from '../plain.ts'
import { type CopyRun, refuse, report, setAside, unlessRefused } from './run.ts'

/**
 * Brings a record (`album.json`, `tree.json`) up to date. It is taken if its bytes are those that the first vault wrote, or, where that is not
 * known, if it can be read from end to end. `before` does what must stand before it: until that returns true, the record is not written, and the next run
 * tries again.
 */
export async function takeRecord(run: CopyRun, path: string, before: () => Promise<boolean> = async () => true): Promise<void> {
  const { from, to } = run
  try {
    const entry = await from.storage.stat(path)
    if (entry?.kind !== 'file') return
    const known = from.catalogue.records.get(path)
    const own = to.catalogue.records.get(path)
    const standing = await to.storage.stat(path)
    const isCurrent = own !== undefined && standing?.mark === own.mark && standing.size === own.size
    if (isCurrent && known !== undefined && own.sha256 === known.sha256) return
    // The brake holds the words, too, that stand there.
    if (run.isBraked && standing !== undefined) return
    if (known === undefined) await proveReadable(from.storage, path)
    const { sha256 } = known ?? (await hashFile(from.storage, path))
    if (isCurrent && own.sha256 === sha256) return
    if (!(await before())) return
    const proof = checked(from.storage.read(path), { sha256 })
    await to.storage.put(path, proof.stream, { isPrivate: run.rules.keepSecrets })
    const mark = (await to.storage.stat(path))?.mark
    if (mark !== undefined) to.catalogue.records.put({ path, size: proof.result().size, mark, sha256 })
    run.tally.records += 1
  } catch (error) {
    if (!(error instanceof IntegrityError || error instanceof StorageError || error instanceof RecordError)) throw error
    run.tally.failed += 1
    const why = error instanceof RecordError ? { reason: error.message } : plain(error)
    report(run, { kind: 'failed', name: path, ...prefixed('this record of the first vault was not taken', why) })
    return
  }
}

/** Throws `RecordError` for a record that is none, or is damaged. */
async function proveReadable(storage: Storage, path: string): Promise<void> {
  if (!path.endsWith(ALBUM_RECORD)) {
    parseJson(await readText(storage.read(path)), v.looseObject({}))
    return
  }
  for await (const _part of readAlbumRecord(storage.read(path)));
}

/** Brings the sidecars of an album's folder up to date. Returns true if all of them are. One that is replaced, or that the first vault has no more, goes to history. */
export async function takeSidecars(run: CopyRun, folder: string): Promise<boolean> {
  const { from, to } = run
  let isWhole = true
  const fail = (name: string) => (error: StorageError) => {
    isWhole = false
    run.tally.failed += 1
    report(run, { kind: 'failed', name, ...prefixed('its sidecar was not taken from the first vault', plain(error)) })
  }
  await unlessRefused(async () => {
    const theirs = await sidecarsIn(from.storage, folder)
    const own = await sidecarsIn(to.storage, folder)
    for (const name of theirs.keys()) {
      const path = inFolder(folder, name)
      await unlessRefused(async () => {
        const bytes = await bytesOf(from.storage, path)
        if (readXmp(bytes.toString()) === undefined) return
        if (own.has(name)) {
          if ((await bytesOf(to.storage, path)).equals(bytes)) return
          if (run.isBraked) return
          await setAside(run, path, { why: 'replaced in the first vault', keep: true })
        }
        await to.storage.put(path, once(bytes), { size: bytes.length })
        run.tally.records += 1
      }, fail(path))
    }
    for (const name of own.keys()) {
      if (theirs.has(name) || run.isBraked) continue
      await unlessRefused(() => setAside(run, inFolder(folder, name), { why: 'gone from the first vault' }), fail(inFolder(folder, name)))
    }
  }, fail(folder))
  return isWhole
}

async function bytesOf(storage: Storage, path: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of storage.read(path)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The largest sidecar that is taken, in bytes. */
const MOST_SIDECAR = 4_000_000

async function sidecarsIn(storage: Storage, folder: string): Promise<ReadonlyMap<string, Entry>> {
  const entries = (await storage.list(folder)).filter(
    ({ name, kind, size }) => kind === 'file' && size <= MOST_SIDECAR && /\.xmp$/i.test(name),
  )
  return new Map(entries.map((entry) => [entry.name, entry]))
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Moves the record of an album that has another folder now into history: its words are in the new one. */
export async function leaveRecord(run: CopyRun, folder: string): Promise<void> {
  const path = inFolder(folder, ALBUM_RECORD)
  await unlessRefused(
    async () => {
      if (!run.rules.keepSecrets && (await run.to.storage.stat(path)) !== undefined) await scrubLeaving(run.to.storage, path)
      await setAside(run, path, { why: 'its album is elsewhere, or gone from the first vault' })
    },
    (error) => {
      refuse(run, path, prefixed('it could not be put aside', plain(error)))
    },
  )
  run.to.catalogue.records.forget(path)
}
