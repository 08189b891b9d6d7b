import { posterPath, previewPath, TWIN_FILES, thumbnailPath } from '../../twin/format.ts'
import { withLocalFile } from '../../vault/local-file.ts'
import type { ShownRow } from '../../vault/shown-rows.ts'
import { type Storage, StorageError } from '../../vault/storage/storage.ts'
import type { Picture } from '../../vault/thumbnails/maker.ts'
import { jpegSize, webpSize } from '../../vault/thumbnails/picture-size.ts'
import type { TwinRun } from './run.ts'

const PATHS: Readonly<Record<Picture['kind'], (md5: string) => string>> = {
  thumbnail: thumbnailPath,
  preview: previewPath,
  poster: posterPath,
}

const KINDS = ['thumbnail', 'preview', 'poster'] as const

const FOLDERS: Readonly<Record<Picture['kind'], string>> = { thumbnail: 'thumbs', preview: 'previews', poster: 'posters' }

/** Returns the path of a file's picture in the twin's folder. */
export const pathOfPicture = (md5: string, kind: Picture['kind']): string => `${TWIN_FILES}/${PATHS[kind](md5)}`

/**
 * Returns the picture that an earlier run made, where the list was made anew and knows it no longer: without bytes. Previews are not taken:
 * their size depends on the photo's orientation.
 */
export async function standingPicture({ target, files }: TwinRun, { md5, isVideo }: ShownRow): Promise<Picture | undefined> {
  const kind = isVideo ? 'poster' : 'thumbnail'
  const path = pathOfPicture(md5, kind)
  if (!files.isOurs(path)) return undefined
  const head = await headOf(target, path)
  const size = head && (isVideo ? jpegSize(head) : webpSize(head))
  return size && { kind, bytes: new Uint8Array(), ...size }
}

/** Returns the picture of a file that the vault's own twin has, if it stands there as it was written. */
export async function lentPicture({ lender, vault }: TwinRun, { md5, isVideo }: ShownRow): Promise<Picture | undefined> {
  const kind = isVideo ? 'poster' : 'thumbnail'
  const path = pathOfPicture(md5, kind)
  if (lender === undefined || !lender.isOurs(path) || !(await lender.isAsWritten(path))) return undefined
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of vault.storage.read(path)) chunks.push(chunk)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return undefined
  }
  const bytes = Buffer.concat(chunks)
  const size = isVideo ? jpegSize(bytes) : webpSize(bytes)
  return size && { kind, bytes, ...size }
}

/** Returns the first chunk of a file. */
async function headOf(storage: Storage, path: string): Promise<Uint8Array | undefined> {
  try {
    for await (const chunk of storage.read(path)) return chunk
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
  }
  return undefined
}

/** Forgets the pictures of which a whole folder is gone: somebody removed it, and they are made anew. */
export async function forgetGone({ shown, target }: TwinRun): Promise<void> {
  for (const kind of KINDS) {
    const there = await namesIn(target, `${TWIN_FILES}/${FOLDERS[kind]}`)
    if (there === undefined) continue
    for (const digits of DIGITS) if (!there.has(digits)) shown.pictures.forget({ kind, digits })
  }
}

/** The names of the folders of pictures. */
const DIGITS = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'))

/** Returns the names in a folder; undefined if it cannot be read, which says nothing of what is in it. */
async function namesIn(storage: Storage, folder: string): Promise<ReadonlySet<string> | undefined> {
  try {
    return new Set((await storage.list(folder)).map(({ name }) => name))
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return undefined
  }
}

/**
 * Removes the pictures that no item has any more, and those that a better one replaced. Call it once the pages and data no longer name
 * them.
 */
export async function sweepPictures(run: TwinRun): Promise<void> {
  const { pictures } = run.shown
  if (pictures.isNew) {
    for (const path of run.files.paths()) {
      const md5 = PICTURE.exec(path)?.[1]
      if (md5 !== undefined) await sweepOne(run, md5)
    }
    pictures.settle('')
  }
  for (const md5 of pictures.loose()) await sweepOne(run, md5)
  run.shown.flush()
}

/** The path of a picture of any kind. */
const PICTURE = new RegExp(`^${TWIN_FILES}/(?:thumbs|previews|posters)/[0-9a-f]{2}/([0-9a-f]{32})\\.(?:webp|jpg)$`)

async function sweepOne({ shown, files }: TwinRun, md5: string): Promise<void> {
  const kept = shown.pictures.settle(md5)
  for (const kind of KINDS) if (kind !== kept) await files.remove(pathOfPicture(md5, kind))
}

/** Hands `use` the absolute path of a real file with the bytes of a photo of the vault. Returns `unread` if the storage refuses it. */
export async function withPhoto<T>({ vault }: TwinRun, path: string, use: (file: string) => Promise<T>): Promise<T | 'unread'> {
  try {
    return await withLocalFile(vault.storage, path, use)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return 'unread'
  }
}
