/** The only file that sees the library of the age format (https://age-encryption.org/v1). It is loaded when it is first needed. */
import { ReadableStream } from 'node:stream/web'
import { ConfigurationError } from '../../../errors.ts'

/** A key: the half that opens, and the public half that seals. */
export interface Key {
  /** `AGE-SECRET-KEY-1…`: a secret. */
  readonly identity: string
  /** `age1…`: may be known to everybody. */
  readonly recipient: string
}

/** A sealed file that cannot be opened. The message completes "The file … ". */
export class SealedFileError extends Error {
  override readonly name = 'SealedFileError'
  readonly why: keyof typeof REASONS

  constructor(why: keyof typeof REASONS, cause?: unknown) {
    super(REASONS[why], cause === undefined ? undefined : { cause })
    this.why = why
  }
}

const REASONS = {
  'not sealed': 'is not sealed: it does not begin as a file of age does',
  'other key': 'is sealed for other keys than those given (or damaged in its first bytes)',
  damaged: 'is damaged or cut off: its seal is broken',
} as const

const load = async (): Promise<typeof import('age-encryption')> => {
  try {
    return await import('age-encryption')
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause
    throw new ConfigurationError('A sealed vault needs the package age-encryption, which is not installed.', {
      cause,
      hint: 'Install it beside this program: npm install --global age-encryption',
    })
  }
}

/** Returns the bytes as the library takes them. A browser's type of streams, which its own are, differs from Node's for the same thing. */
const streamOf = (bytes: AsyncIterable<Uint8Array>) =>
  ReadableStream.from(bytes) as unknown as Parameters<import('age-encryption').Encrypter['encrypt']>[0]

/** Makes a new key. Throws `ConfigurationError` where the library is not installed, as all of this file do. */
export const makeKey = async (): Promise<Key> => {
  const { generateX25519Identity } = await load()
  const identity = await generateX25519Identity()
  return { identity, recipient: await recipientOf(identity) }
}

/** Returns the public half of an identity. */
export const recipientOf = async (identity: string): Promise<string> => (await load()).identityToRecipient(identity)

/**
 * Seals bytes for every one of the recipients (`age1…`, at least one): any of their identities opens them. Holds about 200 kB. An error of
 * `bytes` is thrown as it is, before the last chunk. See: [Note: the law of put]
 */
export async function* seal(bytes: AsyncIterable<Uint8Array>, recipients: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
  const source = bytes[Symbol.asyncIterator]()
  try {
    const { Encrypter } = await load()
    const encrypter = new Encrypter()
    for (const recipient of recipients) encrypter.addRecipient(recipient)
    yield* await encrypter.encrypt(streamOf({ [Symbol.asyncIterator]: () => source }))
  } finally {
    await source.return?.()
  }
}

/**
 * Opens sealed bytes with any one of the identities (`AGE-SECRET-KEY-1…`). Each chunk is proven when it comes; only the end proves that
 * nothing was cut off. Throws `SealedFileError` for bytes that it cannot open, and an error of `bytes` as it is.
 */
export async function* open(bytes: AsyncIterable<Uint8Array>, identities: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
  const source = bytes[Symbol.asyncIterator]()
  let failure: { readonly error: unknown } | undefined
  const watched = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* withWholeHeader({ [Symbol.asyncIterator]: () => source })
    } catch (error) {
      failure = { error }
      throw error
    }
  }
  try {
    const { Decrypter } = await load()
    const decrypter = new Decrypter()
    for (const identity of identities) decrypter.addIdentity(identity)
    try {
      yield* await decrypter.decrypt(streamOf(watched()))
    } catch (error) {
      // The library throws plain errors for everything that it cannot open.
      throw failure === undefined ? new SealedFileError(isOtherKey(error) ? 'other key' : 'damaged', error) : failure.error
    }
  } finally {
    await source.return?.()
  }
}

const isOtherKey = (error: unknown): boolean => error instanceof Error && error.message.startsWith('no identity matched')

const FIRST_LINE = Buffer.from('age-encryption.org/v1\n')

/** Bytes of the longest header, of some 600 recipients. The library would gather any number of them. */
const LONGEST_HEADER = 65_536

/** Passes sealed bytes on, the header in one chunk. Throws `SealedFileError` where no whole header stands at the beginning. */
async function* withWholeHeader(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let head: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of bytes) {
    if (head === undefined) {
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    if (!beginsAlike(head)) throw new SealedFileError('not sealed')
    if (hasWholeHeader(head)) {
      yield head
      head = undefined
    } else if (head.length > LONGEST_HEADER) throw new SealedFileError('damaged')
  }
  if (head !== undefined) throw new SealedFileError(head.length === 0 ? 'not sealed' : 'damaged')
}

const beginsAlike = (head: Buffer): boolean => {
  const length = Math.min(head.length, FIRST_LINE.length)
  return head.subarray(0, length).equals(FIRST_LINE.subarray(0, length))
}

const hasWholeHeader = (head: Buffer): boolean => {
  const last = head.indexOf('\n--- ')
  return last >= 0 && head.includes('\n', last + 1)
}

/** The parts of a sealed file in bytes: the header is its first line, a stanza for each recipient, and its last line. */
const [STANZA, LAST_LINE, NONCE, CHUNK, TAG] = [98, 48, 16, 65_536, 16]

/** Returns the bytes that `size` bytes have once they are sealed for this number of recipients. */
export const sealedSize = (size: number, recipients: number): number =>
  FIRST_LINE.length + STANZA * recipients + LAST_LINE + NONCE + size + TAG * Math.max(1, Math.ceil(size / CHUNK))

/** Returns the bytes that are in a sealed file of this size, if it is sealed for this number of recipients; 0 for one that cannot be. */
export function plainSize(sealed: number, recipients: number): number {
  const rest = sealed - FIRST_LINE.length - STANZA * recipients - LAST_LINE - NONCE
  return Math.max(0, rest - TAG * Math.max(1, Math.ceil(rest / (CHUNK + TAG))))
}

/** Could a sealed file of this size hold `size` bytes, for any number of recipients? */
export function couldHold(sealed: number, size: number): boolean {
  const stanzas = sealed - sealedSize(size, 0)
  return stanzas > 0 && stanzas % STANZA === 0
}
