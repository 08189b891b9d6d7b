import type { Grade, Source } from '../model.ts'
import type { Catalogue } from '../vault/catalogue/catalogue.ts'
import type { FileKey, FileRow } from '../vault/catalogue/rows.ts'

/** The bytes that a file is about to get instead of those of its row. */
export interface ExpectedBytes {
  readonly md5: string
  /** Absent where SmugMug does not say it. */
  readonly size?: number
  readonly grade: Grade
}

/**
 * Notes durably that files are about to get other bytes. Call it before the first byte is moved: after a kill the row may be the old one still. Then its
 * bytes must be hashed before they count as the old ones, because the new ones may have their size and time. And if SmugMug no longer has the
 * photo by then, nothing but this note says that the new ones are right. It waits for the disk: call it once for many files.
 */
export function expectBytes(catalogue: Catalogue, coming: readonly { readonly file: FileRow; readonly source: Source }[]): void {
  if (coming.length === 0) return
  for (const { file, source } of coming) {
    const { md5, size, grade } = source
    catalogue.noteMark(file, 'doubt')
    if (md5 !== undefined)
      catalogue.setMeta(noteOf(file), JSON.stringify({ md5, ...(size !== undefined && { size }), grade } satisfies ExpectedBytes))
  }
  catalogue.flush()
}

/** Returns the bytes that a killed run was about to give a file; undefined if there was none. */
export function expectedBytes(catalogue: Catalogue, file: FileKey): ExpectedBytes | undefined {
  const note = catalogue.meta(noteOf(file))
  return note === undefined ? undefined : (JSON.parse(note) as ExpectedBytes)
}

/** Forgets the expected bytes of a file, once its row says which bytes stand there. */
export const forgetExpected = (catalogue: Catalogue, file: FileKey): void => catalogue.setMeta(noteOf(file), undefined)

const noteOf = ({ albumKey, imageKey, component }: FileKey): string => `expected ${JSON.stringify([albumKey, imageKey, component])}`
