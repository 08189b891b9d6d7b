import { createCipheriv, createHash, hash } from 'node:crypto'
import { closeSync, createReadStream, openSync, readFileSync, readSync, statSync } from 'node:fs'
import type { Bytes, FileStart, WorldImage } from './world.ts'

/** Files up to this size are kept in memory once made; larger ones are made or read anew in chunks. */
const KEEP_UP_TO = 4 * 1024 * 1024
const KEEP_IN_ALL = 64 * 1024 * 1024
const REMEMBERED_HASHES = 50_000
const CHUNK = 256 * 1024

const STARTS: Readonly<Record<FileStart, Buffer>> = {
  jpg: Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
  png: Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
  gif: Buffer.from('GIF89a'),
  tif: Buffer.from('49492a0008000000', 'hex'),
  heic: Buffer.concat([Buffer.from('00000018', 'hex'), Buffer.from('ftypheic'), Buffer.from('00000000', 'hex'), Buffer.from('mif1heic')]),
  mp4: Buffer.concat([
    Buffer.from('00000020', 'hex'),
    Buffer.from('ftypisom'),
    Buffer.from('00000200', 'hex'),
    Buffer.from('isomiso2avc1mp41'),
  ]),
  none: Buffer.alloc(0),
}

/** Returns an image's own bytes, with the first bytes of its file type. */
export function mediaOf(image: WorldImage): Bytes {
  const { bytes } = image
  if (bytes.kind !== 'seeded' || bytes.starts !== undefined || !image.isVideo) return bytes
  return { ...bytes, starts: 'mp4' }
}

/** Returns the JPEG still of a video (fact sheet 5.1). */
export function stillOf(image: WorldImage): Bytes {
  return image.still ?? { kind: 'seeded', seed: `still of ${image.key}`, size: 20_000, starts: 'jpg' }
}

/** Returns the number of bytes, without making them. */
export function sizeOf(bytes: Bytes): number {
  switch (bytes.kind) {
    case 'inline':
      return bytes.data.byteLength
    case 'file':
      return statSync(bytes.path).size
    case 'seeded':
      return bytes.size
  }
}

/**
 * Makes a piece of a seeded file, from `from` up to but without `to`. It is the key stream of AES in counter mode: as fast as memory,
 * reachable at any place, equal in every process.
 */
function seededPiece(bytes: Bytes & { readonly kind: 'seeded' }, from: number, to: number): Buffer {
  const block = Math.floor(from / 16)
  const counter = Buffer.alloc(16)
  counter.writeBigUInt64BE(BigInt(block), 8)
  const cipher = createCipheriv('aes-128-ctr', hash('md5', bytes.seed, 'buffer'), counter)
  const piece = cipher.update(Buffer.alloc(to - block * 16)).subarray(from - block * 16)
  const start = STARTS[bytes.starts ?? 'jpg']
  if (from < start.length) start.copy(piece, 0, from, Math.min(start.length, to))
  return piece
}

/** Returns all bytes at once: for tests, and for small files. */
export function readBytes(bytes: Bytes): Buffer {
  switch (bytes.kind) {
    case 'inline':
      return Buffer.from(bytes.data.buffer, bytes.data.byteOffset, bytes.data.byteLength)
    case 'file':
      return readFileSync(bytes.path)
    case 'seeded':
      return seededPiece(bytes, 0, bytes.size)
  }
}

/** Computes the MD5 of the bytes, without holding them all. */
export function md5Of(bytes: Bytes): string {
  if (bytes.kind === 'inline') return hash('md5', bytes.data)
  const sum = createHash('md5')
  if (bytes.kind === 'seeded') {
    for (let at = 0; at < bytes.size; at += CHUNK) sum.update(seededPiece(bytes, at, Math.min(at + CHUNK, bytes.size)))
    return sum.digest('hex')
  }
  const file = openSync(bytes.path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(CHUNK)
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) sum.update(buffer.subarray(0, read))
  } finally {
    closeSync(file)
  }
  return sum.digest('hex')
}

/** Remembers hashes and small files of one world, within bounds. Files on disk must not change during its life. */
export class ByteStore {
  readonly #hashes = new Map<string, string>()
  readonly #inline = new WeakMap<Uint8Array, string>()
  readonly #kept = new Map<string, Buffer>()
  #keptBytes = 0

  /** Returns the MD5, computed once. */
  md5(bytes: Bytes): string {
    if (bytes.kind === 'inline') {
      const known = this.#inline.get(bytes.data) ?? md5Of(bytes)
      this.#inline.set(bytes.data, known)
      return known
    }
    const name = nameOf(bytes)
    const known = this.#hashes.get(name)
    if (known !== undefined) return known
    const made = md5Of(bytes)
    if (this.#hashes.size >= REMEMBERED_HASHES) this.#hashes.clear()
    this.#hashes.set(name, made)
    return made
  }

  /** Returns the whole file if it is small enough to be kept, else `undefined`: then read it by `pieces`. */
  whole(bytes: Bytes): Buffer | undefined {
    if (bytes.kind === 'inline') return readBytes(bytes)
    const name = nameOf(bytes)
    const known = this.#kept.get(name)
    if (known !== undefined) return known
    if (sizeOf(bytes) > KEEP_UP_TO) return undefined
    const made = readBytes(bytes)
    for (const [oldest, buffer] of this.#kept) {
      if (this.#keptBytes + made.length <= KEEP_IN_ALL) break
      this.#kept.delete(oldest)
      this.#keptBytes -= buffer.length
    }
    this.#kept.set(name, made)
    this.#keptBytes += made.length
    return made
  }

  /** Yields the bytes from `from` up to but without `to`, in chunks. */
  async *pieces(bytes: Bytes, from: number, to: number): AsyncGenerator<Buffer> {
    const whole = this.whole(bytes)
    if (whole !== undefined) yield whole.subarray(from, to)
    else if (bytes.kind === 'file') {
      if (to > from) yield* createReadStream(bytes.path, { start: from, end: to - 1, highWaterMark: CHUNK }) as AsyncIterable<Buffer>
    } else if (bytes.kind === 'seeded') {
      for (let at = from; at < to; at += CHUNK) yield seededPiece(bytes, at, Math.min(at + CHUNK, to))
    }
  }
}

function nameOf(bytes: Exclude<Bytes, { kind: 'inline' }>): string {
  return bytes.kind === 'file' ? bytes.path : `${bytes.starts ?? ''} ${bytes.size} ${bytes.seed}`
}
