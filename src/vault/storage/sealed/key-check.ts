import { open, SealedFileError } from './age.ts'

/** A sealed file to try keys on. */
export interface SealedFile {
  readonly path: string
  /** Reads the sealed bytes. */
  read(): AsyncIterable<Uint8Array>
}

/** The result of trying one private key on files. */
export interface KeyCheck {
  /** The number of files that it opened to their end. */
  readonly opened: number
  /** The bytes in them. */
  readonly bytes: number
  readonly refused: readonly { readonly path: string; readonly why: SealedFileError['why'] }[]
}

/**
 * Tries a private key on each of the files, and reads each to its end: only that proves that nothing is damaged. Errors of reading are
 * thrown as they are. The key opens the vault if it opened one file at least and no file is refused for `other key`.
 */
export async function checkKey(identity: string, files: AsyncIterable<SealedFile> | Iterable<SealedFile>): Promise<KeyCheck> {
  let [opened, bytes] = [0, 0]
  const refused: { path: string; why: SealedFileError['why'] }[] = []
  for await (const { path, read } of files) {
    try {
      for await (const chunk of open(read(), [identity])) bytes += chunk.length
      opened++
    } catch (error) {
      if (!(error instanceof SealedFileError)) throw error
      refused.push({ path, why: error.why })
    }
  }
  return { opened, bytes, refused }
}
