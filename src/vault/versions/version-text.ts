import { createGunzip, gunzipSync, gzipSync } from 'node:zlib'
import { LONGEST } from '../record/read-json.ts'

/** A file of reverse changes that cannot be read. The message is for people. */
export class VersionError extends Error {
  override readonly name = 'VersionError'
}

/** Renders lines as a piece of a file. */
export const packedLines = (lines: readonly string[]): Uint8Array => gzipSync(lines.map((line) => `${line}\n`).join(''))

/** Letters of the lines that are compressed as one piece. */
const PIECE = 1024 * 1024

/** Renders lines as a whole file, piece by piece. */
export async function* packedText(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let gathered: string[] = []
  let size = 0
  for await (const line of lines) {
    gathered.push(line)
    size += line.length
    if (size < PIECE) continue
    yield packedLines(gathered)
    gathered = []
    size = 0
  }
  if (gathered.length > 0) yield packedLines(gathered)
}

/** Bytes of a packed file that is unpacked in one step, and of what may come out of it: thousands of files are read, and most are small. */
const SMALL = 1024 * 1024
const SMALL_UNPACKED = 32 * 1024 * 1024

/** The most letters of a whole file: more than a run could change in the largest account. */
const MOST = 8 * 1024 ** 3

/** A packed file that is read. */
export interface Packed {
  readonly bytes: AsyncIterable<Uint8Array>
  readonly path: string
  /** True refuses a file whose end was cut off; else it is read as far as it goes. */
  readonly isWhole: boolean
}

/** Yields the lines of a file. Throws `VersionError` for a damaged one. */
export async function* textLines({ bytes, path, isWhole }: Packed): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let [rest, letters] = ['', 0]
  try {
    for await (const chunk of unpacked(bytes)) {
      const text = decoder.decode(chunk, { stream: true })
      letters += text.length
      // Only the new part is searched: a long line comes in many chunks.
      const parts = text.split('\n')
      parts[0] = rest + (parts[0] ?? '')
      rest = parts.pop() ?? ''
      if (rest.length > LONGEST) throw new VersionError(`${path} has a line that is longer than any record`)
      if (letters > MOST) throw new VersionError(`${path} is larger than any past`)
      yield* parts
    }
    if (rest !== '') yield rest
  } catch (error) {
    const { code } = error as { readonly code?: string }
    if (code === 'Z_BUF_ERROR') {
      if (isWhole) throw new VersionError(`${path} is cut short`)
      return
    }
    if (code?.startsWith('Z_') === true || code === 'ERR_TRAILING_JUNK_AFTER_STREAM_END')
      throw new VersionError(`${path} is damaged (${code})`)
    throw error
  }
}

/** Unpacks a small file in one step, and any other as a stream, which also gives the whole beginning of one that was cut off. */
async function* unpacked(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pieces: Uint8Array[] = []
  const reading = bytes[Symbol.asyncIterator]()
  let size = 0
  let isEnd = false
  while (!isEnd && size <= SMALL) {
    const next = await reading.next()
    isEnd = next.done === true
    if (next.done !== true) {
      pieces.push(next.value)
      size += next.value.length
    }
  }
  const whole = isEnd ? unpackedAtOnce(Buffer.concat(pieces)) : undefined
  if (whole !== undefined) yield whole
  else yield* streamed(pieces, reading)
}

function unpackedAtOnce(packed: Uint8Array): Uint8Array | undefined {
  try {
    return gunzipSync(packed, { maxOutputLength: SMALL_UNPACKED })
  } catch (error) {
    // It is too large for one step, cut off or damaged: the stream says which.
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}

async function* streamed(pieces: readonly Uint8Array[], reading: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { Readable, pipeline } = await import('node:stream')
  async function* packed(): AsyncGenerator<Uint8Array> {
    yield* pieces
    for (let next = await reading.next(); next.done !== true; next = await reading.next()) yield next.value
  }
  const gunzip = createGunzip()
  // The reader below gets the error of either side.
  pipeline(Readable.from(packed(), { objectMode: false }), gunzip, () => undefined)
  try {
    yield* gunzip
  } finally {
    await reading.return?.()
  }
}
