/** Takes the passwords out of the past of a vault that keeps secrets no more. */
import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import { isObject, type JsonObject } from '../../model.ts'
import { inFolder, layout, splitPath } from '../layout.ts'
import { ALBUM_FORMAT } from '../record/album-record.ts'
import { readAlbumRecord } from '../record/read-album-record.ts'
import { parseJson, RecordError } from '../record/read-json.ts'
import { withoutSecrets } from '../record/secrets.ts'
import { appendTo } from '../storage/abilities.ts'
import { type Storage, StorageError } from '../storage/storage.ts'
import type { Vault } from '../vault.ts'
import type { Change } from './delta.ts'
import { albumHeadRow, renderAlbumDoc } from './docs.ts'
import { changeLine, listVersions, TREE } from './version-file.ts'
import { packedText, textLines, VersionError } from './version-text.ts'

/** The catalogue's note that the past holds no passwords. */
const CLEAN = 'versions.clean'

/** Is it known that the past of a vault holds no passwords? */
export const isClean = (catalogue: Vault['catalogue']): boolean => catalogue.meta(CLEAN) === 'yes'

/** Lets the next `keepSecretsOut` look through the whole past, also after a kill: something that may hold passwords is about to come into it. */
export function doubtClean(catalogue: Vault['catalogue']): void {
  catalogue.setMeta(CLEAN, undefined)
  catalogue.flush()
}

/**
 * Takes the passwords out of the past, once, when secrets are kept no more: out of the files of reverse changes, and of the records that were put aside. Those that
 * cannot be read are left as they are, the first is handed to `warn`, and the next run tries them again.
 */
export async function keepSecretsOut(
  { catalogue, storage }: Pick<Vault, 'catalogue' | 'storage'>,
  { keepSecrets, now, warn }: { readonly keepSecrets: boolean; readonly now: number; warn(trouble: string): void },
): Promise<void> {
  if (keepSecrets) return catalogue.setMeta(CLEAN, undefined)
  if (isClean(catalogue)) return
  const troubles: string[] = []
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof VersionError || error instanceof RecordError || error instanceof StorageError)) throw error
      troubles.push(error.message)
    }
  }
  await attempt(async () => {
    for (const { path } of await listVersions(storage)) await attempt(() => scrubVersion(storage, path))
  })
  await attempt(async () => {
    for await (const path of putAside(storage)) await attempt(() => scrubPutAside(storage, path, now))
  })
  const [trouble] = troubles
  if (trouble === undefined) catalogue.setMeta(CLEAN, 'yes')
  else warn(trouble)
}

/** A file of reverse changes, and the record of an album, under the names that they have once they are put aside. */
const VERSION_ASIDE = /^\d+\.jsonl(-\d+)?\.gz$/
const RECORD_ASIDE = /^album(-\d+)?\.json$/

/** Yields the paths of the records and of the files of reverse changes that were put aside. */
async function* putAside(storage: Storage, folders: readonly string[] = [layout.history, layout.trash]): AsyncGenerator<string> {
  for (const folder of folders)
    for (const { name, kind } of await storage.list(folder)) {
      if (kind === 'folder') yield* putAside(storage, [inFolder(folder, name)])
      else if (kind === 'file' && (VERSION_ASIDE.test(name) || RECORD_ASIDE.test(name))) yield inFolder(folder, name)
    }
}

/**
 * Cleans a file that was put aside. The journal gets a line with its new size: only a file of the size that it says is ever removed. It has that line
 * before the file has that size, so that a kill in between leaves none that stays for good.
 */
async function scrubPutAside(storage: Storage, path: string, now: number): Promise<void> {
  const scrub = RECORD_ASIDE.test(splitPath(path).name) ? scrubRecord : scrubVersion
  await scrub(storage, path, async (size) => {
    const line = { at: new Date(now).toISOString(), from: path, to: path, size, why: 'its passwords were taken out' }
    await appendTo(storage, layout.historyJournal, `${JSON.stringify(line)}\n`)
  })
}

/** Takes the passwords out of the record of an album that is about to be put aside. One that cannot be read stays as it is. */
export async function scrubLeaving(storage: Storage, path: string): Promise<void> {
  try {
    await scrubRecord(storage, path)
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
  }
}

/** Called before a file is written anew, with its new size in bytes. */
type BeforeWrite = (size: number) => Promise<void>

/** Writes the record of an album anew without its passwords, if it is one and has any. Throws `RecordError` for one that is damaged, `StorageError` when the disk refuses it. */
async function scrubRecord(storage: Storage, path: string, before?: BeforeWrite): Promise<void> {
  let head: JsonObject | undefined
  let hasSecrets = false
  const rows = new Map<string, JsonObject>()
  const cleaned = (row: JsonObject, clean: JsonObject): JsonObject => {
    hasSecrets ||= !isDeepStrictEqual(clean, row)
    return clean
  }
  try {
    for await (const part of readAlbumRecord(storage.read(path))) {
      if ('head' in part) {
        const row = albumHeadRow(part.head)
        head = cleaned(row, cleanHead(row))
      } else {
        const row = part.record as unknown as JsonObject
        rows.set(part.record.imageKey, cleaned(row, cleanItem(row)))
      }
    }
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    if (!(await isNamedRecord(storage, path))) return
    throw new RecordError(`${path}: ${error.message}`, { cause: error })
  }
  if (head === undefined || !hasSecrets) return
  await replace(storage, { path, bytes: Buffer.from([...renderAlbumDoc({ head, rows })].join('')), before })
}

/** Does a file say that it is the record of an album? Another file of that name, which stood in the way of one, may have been put aside as well. */
async function isNamedRecord(storage: Storage, path: string): Promise<boolean> {
  for await (const chunk of storage.read(path)) return Buffer.from(chunk).includes(ALBUM_FORMAT)
  return false
}

interface Replacement {
  readonly path: string
  readonly bytes: Uint8Array
  readonly before: BeforeWrite | undefined
}

async function replace(storage: Storage, { path, bytes, before }: Replacement): Promise<void> {
  await before?.(bytes.length)
  await storage.put(path, each([bytes]), { size: bytes.length, isPrivate: false })
}

/** Writes a file of reverse changes anew without its passwords, if it has any. Throws `VersionError` for a damaged file, `StorageError` when the disk refuses one. */
async function scrubVersion(storage: Storage, path: string, before?: BeforeWrite): Promise<void> {
  const lines: string[] = []
  let hasSecrets = false
  for await (const text of textLines({ bytes: storage.read(path), path, isWhole: false })) {
    const clean = lines.length === 0 ? text : cleanLine(text, path)
    hasSecrets ||= clean !== text
    lines.push(clean)
  }
  if (!hasSecrets) return
  const pieces: Uint8Array[] = []
  for await (const piece of packedText(each(lines))) pieces.push(piece)
  await replace(storage, { path, bytes: Buffer.concat(pieces), before })
}

async function* each<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values
}

const LINE = v.looseObject({ album: v.exactOptional(v.string()), tree: v.exactOptional(v.boolean()), op: v.string() })

/** Returns the line of a change without passwords. */
function cleanLine(text: string, path: string): string {
  try {
    const { album, tree: _tree, ...change } = parseJson(text, LINE)
    const record = album ?? TREE
    const clean = withoutSecretsOf({ record, change: change as Change })
    return isDeepStrictEqual(clean, change) ? text : changeLine(record, clean)
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    throw new VersionError(`${path} has a line that is no record`)
  }
}

/** Returns a change without passwords. */
function withoutSecretsOf({ record, change }: { readonly record: string; readonly change: Change }): Change {
  const clean = record === TREE || change.op === 'head' || change.op === 'record' ? cleanHead : cleanItem
  switch (change.op) {
    case 'record':
      return { ...change, head: clean(change.head) }
    case 'gone':
      return { ...change, was: clean(change.was) }
    case 'head':
    case 'was':
      return change.set === undefined ? change : { ...change, set: clean(change.set) }
    default:
      return change
  }
}

/** Cleans the head of an album's record, or a node: SmugMug's answer, whole or field by field, and the addresses of people in comments. */
export const cleanHead = (fields: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (name === 'smugmug' && isObject(value)) return [name, withoutSecrets(value)]
      if (name === 'comments') return [name, withoutSecrets({ comments: value }).comments]
      const inner = /^smugmug\.(.+)$/s.exec(name)?.[1]
      return [name, inner === undefined ? value : withoutSecrets({ [inner]: value })[inner]]
    }),
  ) as JsonObject

/** Cleans an item of an album's record: its own `UploadKey` is no secret, and its comments have addresses of people. */
export const cleanItem = (fields: JsonObject): JsonObject =>
  fields.comments === undefined ? fields : { ...fields, ...withoutSecrets({ comments: fields.comments }) }
