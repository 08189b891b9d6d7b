import { IntegrityError, RequestError } from '../../errors.ts'
import type { Emit, Problem } from '../../events.ts'
import { checked, type Hashing, hashAll } from '../../flow/checked.ts'
import type { Clock } from '../../flow/clock.ts'
import type { Source } from '../../model.ts'
import type { Account, Download } from '../../smugmug/account.ts'
import { clockOf, FileClock } from '../../vault/record/file-clock.ts'
import { type Storage, StorageError } from '../../vault/storage/storage.ts'
import { believable } from './believable.ts'

/** Size and hashes of stored bytes, proven. */
export interface Proof {
  readonly size: number
  readonly md5: string
  readonly sha256: string
  /** The camera's clock, read from the file. */
  readonly captured?: string | undefined
}

/** Brings a source's bytes to a path of the vault, proven. Returns undefined if this loader cannot supply them. When it throws, nothing new stands at the path. */
export type Loader = (source: Source, path: string) => Promise<Proof | undefined>

/** A source of bytes other than SmugMug. */
export interface OtherSource {
  readonly load: Loader
  /** May it have a file of this size? */
  mayHave(size: number): boolean
  /** The bytes of all its files. */
  readonly bytes: number
  /** Names what could not be read of it so far. */
  notices(): readonly Problem[]
}

/** The parts that a loader works with. */
export interface LoaderParts {
  readonly account: Account
  readonly storage: Storage
  readonly clock: Clock
  readonly emit: Emit
  /** Ends waits between tries; a transfer under way goes on. */
  readonly signal: AbortSignal
  /** Tries after the first. */
  readonly maxRetries: number
  /** Counts bytes as they arrive. */
  received(bytes: number): void
}

const REPORT_EVERY = 1 << 20
const LONGEST_WAIT = 16_000
/** Tries after wrong bytes: they are worth fewer than a broken connection. */
const WRONG_BYTES_TRIES = 2

/** Returns the loader that fetches from SmugMug: open → checked → storage.put. It continues a large file where it was interrupted. */
export function lineLoader(parts: LoaderParts): Loader {
  return async (source, path) => {
    for (let attempt = 0; ; attempt += 1) {
      // A failure here is not tried again: the account has tried often enough.
      const opened = await open(parts, source, path)
      try {
        return await take(parts, { source, path, ...opened })
      } catch (error) {
        if (!mayHelp(error, attempt, parts.maxRetries) || parts.signal.aborted) throw counted(error, attempt + 1)
        const waitMs = Math.min(500 * 2 ** attempt, LONGEST_WAIT)
        parts.emit({ event: 'retry', what: path, reason: reasonOf(error), waitMs, attempt: attempt + 1 })
        await parts.clock.sleep(waitMs, parts.signal)
      }
    }
  }
}

/** Returns the loader for dry runs: it believes SmugMug's size and MD5 and stores nothing. */
export function pretendLoader(storage: Storage, received: (bytes: number) => void): Loader {
  return async (source, path) => {
    received(source.size ?? 0)
    await storage.put(path, nothing(), { size: source.size ?? 0 })
    return { size: source.size ?? 0, md5: source.md5 ?? `unknown:${path}`, sha256: '' }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Adds the number of tries to the error of wrong bytes; the account adds its own to the others. A destination's trouble that did not pass is itself again. */
const counted = (error: unknown, times: number): unknown => {
  if (error instanceof StorageError && error.transient) return error.cause
  return error instanceof IntegrityError && times > 1
    ? new IntegrityError(error.message, { expected: error.expected, found: error.found, times })
    : error
}

/** Returns the reason for a retry, with the checksums that a message to people leaves out. */
const reasonOf = (error: unknown): string =>
  error instanceof IntegrityError ? `${error.message}: expected ${error.expected}, found ${error.found}` : (error as Error).message

const mayHelp = (error: unknown, attempt: number, maxRetries: number): boolean =>
  error instanceof IntegrityError
    ? attempt < Math.min(WRONG_BYTES_TRIES, maxRetries)
    : (error instanceof RequestError || error instanceof StorageError) && error.transient && attempt < maxRetries

/** Returns the MD5 in an ETag: SmugMug names bytes by it (fact sheet 7.2). */
const md5Named = (validator: string | undefined): string | undefined =>
  validator !== undefined && /^[0-9a-f]{32}$/i.test(validator) ? validator.toLowerCase() : undefined

const extensionOf = (path: string): string | undefined => /\.([^./]+)$/.exec(path)?.[1]

/** A file whose transfer has begun. */
interface Opened {
  readonly download: Download
  /** The hashes of the bytes that are here already, when the transfer continues them. */
  readonly before: Hashing | undefined
}

async function open({ account, storage, signal }: LoaderParts, source: Source, path: string): Promise<Opened> {
  const partial = source.md5 === undefined ? undefined : await storage.partials?.find(path)
  const before = partial === undefined || storage.partials === undefined ? undefined : await hashAll(storage.partials.read(path))
  const download = await account.open(source, {
    turn: signal,
    ...(partial !== undefined && { start: partial.size, validator: partial.validator }),
  })
  if (partial !== undefined && download.start === 0) {
    await storage.partials?.drop(path).catch(async (error: unknown) => {
      // No other part will close it.
      await download.body[Symbol.asyncIterator]().return?.()
      throw error
    })
  }
  return { download, before: download.start > 0 ? before : undefined }
}

async function take(parts: LoaderParts, what: Opened & { readonly source: Source; readonly path: string }): Promise<Proof> {
  const { storage, emit } = parts
  const { source, path, download, before } = what
  const from = download.start
  const size = source.size ?? download.totalSize
  emit({ event: 'transfer.started', path, ...(size !== undefined && { size }), ...(from > 0 && { from }) })
  let received = from
  const clock = new FileClock()
  const md5 = source.md5 ?? md5Named(download.validator)
  const promised = { ...(size !== undefined && { size }), ...(md5 !== undefined && { md5 }) }
  let reported = from
  const seen = (chunk: Uint8Array): void => {
    received += chunk.length
    parts.received(chunk.length)
    clock.see(chunk)
    if (received - reported < REPORT_EVERY) return
    reported = received
    emit({ event: 'transfer.progress', path, received, ...(size !== undefined && { size }) })
  }
  const { body } = download
  // An ETag comes with the answer that it describes: it proves that the bytes arrived, not that they are the photo.
  const photo = source.md5 === undefined ? believable(body, source.extension ?? extensionOf(path)) : body
  const proof = checked(photo, promised, { after: before, seen })
  try {
    await storage.put(path, proof.stream, {
      ...(size !== undefined && { size }),
      ...(source.md5 !== undefined && { md5: source.md5 }),
      ...(download.validator !== undefined && { resumable: { validator: download.validator, from } }),
    })
  } finally {
    emit({ event: 'transfer.finished', path, received })
  }
  return { ...proof.result(), captured: from > 0 ? await clockOf(storage.read(path)) : clock.read() }
}
