/** Streams of bytes, cut and counted for S3. Pure. */
import { IntegrityError } from '../../../errors.ts'

/** The most parts of one upload. */
const MOST_PARTS = 10_000

/** Returns the size of parts for a file: large enough that 10,000 of them hold it. */
export const partSizeFor = (size: number | undefined, least: number): number => Math.max(least, Math.ceil((size ?? 0) / MOST_PARTS))

/**
 * Passes bytes on and counts them. Holds the last chunk back until the stream has ended: a PUT is done with its last byte, and could not be
 * taken back any more. Throws `IntegrityError` when there are fewer or more bytes.
 */
export async function* exactly(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  const differs = (found: string) => new IntegrityError('the size differs from the expected one', { expected: `${size} bytes`, found })
  let count = 0
  let held: Uint8Array | undefined
  for await (const chunk of bytes) {
    if (chunk.length === 0) continue
    if (held !== undefined) yield held
    held = chunk
    count += chunk.length
    if (count > size) throw differs(`at least ${count} bytes`)
  }
  if (count !== size) throw differs(`${count} bytes`)
  if (held !== undefined) yield held
}

/** Returns all bytes of a short stream. */
export async function gather(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** One part of a file. */
export interface Piece {
  /** Valid until the next part is asked for. */
  readonly bytes: Uint8Array
  readonly isLast: boolean
}

/** Cuts a stream into parts of one size, the last one shorter: also an empty stream has one. All parts use the same memory. */
export async function* partsOf(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Piece> {
  const part = Buffer.allocUnsafe(size)
  let count = 0
  for await (let chunk of bytes) {
    while (count + chunk.length > size) {
      part.set(chunk.subarray(0, size - count), count)
      chunk = chunk.subarray(size - count)
      count = 0
      yield { bytes: part, isLast: false }
    }
    part.set(chunk, count)
    count += chunk.length
  }
  yield { bytes: part.subarray(0, count), isLast: true }
}
