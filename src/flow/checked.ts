import { createHash } from 'node:crypto'
import { IntegrityError } from '../errors.ts'
import type { Fingerprint } from '../model.ts'

/** Size and hashes of bytes. Hashes are lower-case hexadecimal. */
export interface Digest {
  readonly size: number
  readonly md5: string
  readonly sha256: string
}

/** Counts and hashes bytes that are handed to it, in order. */
export class Hashing {
  #size = 0
  readonly #md5 = createHash('md5')
  readonly #sha256 = createHash('sha256')

  /** Bytes so far. */
  get size(): number {
    return this.#size
  }

  update(chunk: Uint8Array): void {
    this.#size += chunk.byteLength
    this.#md5.update(chunk)
    this.#sha256.update(chunk)
  }

  /** Returns the digest of everything so far. Call it once: it ends the hashing. */
  digest(): Digest {
    return { size: this.#size, md5: this.#md5.digest('hex'), sha256: this.#sha256.digest('hex') }
  }
}

/** Hashes a whole stream, to compare it or to continue it in `checked`. */
export const hashAll = async (bytes: AsyncIterable<Uint8Array>): Promise<Hashing> => {
  const hashing = new Hashing()
  for await (const chunk of bytes) hashing.update(chunk)
  return hashing
}

/** A stream that checks itself. */
export interface Checked {
  /** The same bytes. They can be read once. */
  readonly stream: AsyncIterable<Uint8Array>
  /** Returns the digest of all bytes, `after` included. Throws until the stream has ended without an error. */
  result(): Digest
}

/** The promised facts of bytes: SmugMug gives no SHA-256, a vault that holds them does. */
export interface Promised extends Fingerprint {
  readonly sha256?: string
}

/**
 * Passes bytes on, hashes them, and compares them with the promised size and hashes. An absent promise is not compared.
 *
 * The stream throws `IntegrityError` at its end when they differ, or as soon as more bytes come than were promised. The last chunk
 * is held back until then: a receiver that knows the size (an HTTP PUT with a Content-Length) would otherwise have completed before the error.
 *
 * `after` holds the hashes of bytes already on the disk (see `hashAll`), which `bytes` continues. They count towards the promise
 * and are not passed on. They are hashed beforehand, not here, because a connection left unread in the meantime would time out.
 * `seen` is called with each chunk as it arrives, before it is judged.
 */
export const checked = (
  bytes: AsyncIterable<Uint8Array>,
  promised: Promised,
  options: { readonly after?: Hashing | undefined; readonly seen?: (chunk: Uint8Array) => void } = {},
): Checked => {
  const { after = new Hashing(), seen } = options
  let digest: Digest | undefined

  async function* pass(): AsyncGenerator<Uint8Array, void, undefined> {
    let held: Uint8Array | undefined
    for await (const chunk of bytes) {
      if (chunk.byteLength === 0) continue
      seen?.(chunk)
      if (promised.size !== undefined && after.size + chunk.byteLength > promised.size)
        throw tooLong(promised.size, after.size + chunk.byteLength)
      after.update(chunk)
      if (held !== undefined) yield held
      held = chunk
    }
    const found = after.digest()
    compare(promised, found)
    if (held !== undefined) yield held
    digest = found
  }

  return {
    stream: pass(),
    result: () => {
      if (digest === undefined) throw new Error('The result of a checked stream was asked for before its end')
      return digest
    },
  }
}

const tooLong = (promised: number, arrived: number): IntegrityError =>
  new IntegrityError('arrived damaged (it is longer than announced)', {
    expected: `${promised} bytes`,
    found: `at least ${arrived} bytes`,
  })

const compare = (promised: Promised, found: Digest): void => {
  if (promised.size !== undefined && promised.size !== found.size) {
    throw new IntegrityError('arrived incomplete', {
      expected: `${promised.size} bytes`,
      found: `${found.size} bytes`,
    })
  }
  for (const hash of ['md5', 'sha256'] as const) {
    const expected = promised[hash]
    if (expected !== undefined && expected !== found[hash])
      throw new IntegrityError('arrived damaged (its checksum differs)', { expected, found: found[hash] })
  }
}
