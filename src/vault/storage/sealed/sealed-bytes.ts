import { type Digest, Hashing } from '../../../flow/checked.ts'
import { packed } from './seal-index.ts'

/** Bytes of a record that are compressed as one piece. */
const PIECE = 256 * 1024

/** Gathers the words of a record, compressed. */
export class Words {
  readonly #parts: Uint8Array[] = []
  #waiting: Uint8Array[] = []
  #size = 0

  add(chunk: Uint8Array): void {
    this.#waiting.push(chunk)
    this.#size += chunk.length
    if (this.#size >= PIECE) this.#pack()
  }

  /** Returns all pieces: one at least. */
  all(): readonly Uint8Array[] {
    if (this.#size > 0 || this.#parts.length === 0) this.#pack()
    return this.#parts
  }

  #pack(): void {
    this.#parts.push(packed(Buffer.concat(this.#waiting)))
    this.#waiting = []
    this.#size = 0
  }
}

/** Hashes bytes on their way, and gathers them if they are words. */
export async function* hashed(bytes: AsyncIterable<Uint8Array>, hashing: Hashing, words?: Words): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hashing.update(chunk)
    words?.add(chunk)
    yield chunk
  }
}

/** Hashes bytes. */
export async function digestOf(bytes: AsyncIterable<Uint8Array>): Promise<Digest> {
  const hashing = new Hashing()
  for await (const chunk of bytes) hashing.update(chunk)
  return hashing.digest()
}
