import { createHash } from 'node:crypto'

/** A text for a path. */
export interface TextFile {
  readonly path: string
  readonly bytes: Uint8Array
  /** Hexadecimal. */
  readonly sha256: string
}

/** Hashes the bytes for a path. */
export const fileOf = (path: string, bytes: Uint8Array): TextFile => ({
  path,
  bytes,
  sha256: createHash('sha256').update(bytes).digest('hex'),
})
