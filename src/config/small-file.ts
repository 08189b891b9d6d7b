import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { platform } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'

/** The reason why a file was not read although it is there, in words for people: completes "The file … ". */
export class UnfitFile extends Error {
  override readonly name = 'UnfitFile'
}

/** Bounds of a reading. */
export interface ReadBounds {
  /** The most bytes: a larger file is of another kind. */
  readonly most: number
  /** Milliseconds that a pipe may take to bring everything. */
  readonly patience?: number
}

const PATIENCE = 10_000
const PAUSE = 20

const isCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code

/**
 * Reads a small file that a person named: a configuration, a secret. Pipes are read to their end, since systemd and the shell pass secrets
 * in them, but neither a pipe without a writer nor an endless device can hold the program up. Throws `UnfitFile` when the file is
 * too large, a folder, or brings nothing in time; and the system's error when it cannot be read.
 */
export const readSmallFile = async (path: string, { most, patience = PATIENCE }: ReadBounds): Promise<Uint8Array> => {
  // Without waiting: opening a pipe would otherwise wait for its writer.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const found = await file.stat()
    if (found.isDirectory()) throw new UnfitFile('is a folder')
    return await readAll(file, { most, until: found.isFIFO() || found.isCharacterDevice() ? Date.now() + patience : undefined })
  } finally {
    await file.close()
  }
}

/** Can other users reach a file? No for one that is gone, and on Windows, which has no such modes. */
export const isOpenToOthers = async (path: string): Promise<boolean> => {
  const mode = await stat(path).then(
    (found) => found.mode,
    () => 0,
  )
  return platform() !== 'win32' && (mode & 0o077) !== 0
}

const readAll = async (file: FileHandle, { most, until }: { readonly most: number; readonly until: number | undefined }) => {
  const bytes = new Uint8Array(most + 1)
  let length = 0
  for (;;) {
    const read = await file.read(bytes, length, bytes.length - length, null).catch((error: unknown) => {
      if (isCode(error, 'EAGAIN')) return undefined
      throw error
    })
    length += read?.bytesRead ?? 0
    if (length > most) throw new UnfitFile(`is larger than ${most.toLocaleString('en')} bytes`)
    // A pipe that nobody has opened for writing yet looks as if it were at its end.
    const atEnd = read?.bytesRead === 0 && (until === undefined || length > 0)
    if (atEnd) return bytes.subarray(0, length)
    if (until !== undefined && Date.now() > until) throw new UnfitFile('is a pipe or a device that brought no text in time')
    if (read === undefined || read.bytesRead === 0) await wait(PAUSE)
  }
}
