import { posterPath, previewPath, TWIN_FILES, thumbnailPath } from '../../twin/format.ts'
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

/** Returns the path of a file's picture in the vault. */
export const pathOfPicture = (md5: string, kind: Picture['kind']): string => `${TWIN_FILES}/${PATHS[kind](md5)}`

/**
 * Returns the picture that an earlier run made, where the list was made anew and knows it no longer: without bytes. Previews are not taken:
 * their size depends on the photo's orientation.
 */
export async function standingPicture({ vault, files }: TwinRun, { md5, isVideo }: ShownRow): Promise<Picture | undefined> {
  const kind = isVideo ? 'poster' : 'thumbnail'
  const path = pathOfPicture(md5, kind)
  if (!files.isOurs(path)) return undefined
  const head = await headOf(vault.storage, path)
  const size = head && (isVideo ? jpegSize(head) : webpSize(head))
  return size && { kind, bytes: new Uint8Array(), ...size }
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
export async function forgetGone({ shown, vault }: TwinRun): Promise<void> {
  const there = new Map<string, ReadonlySet<string> | undefined>()
  for (const kind of KINDS) there.set(kind, await namesIn(vault.storage, `${TWIN_FILES}/${FOLDERS[kind]}`))
  for (const folder of shown.pictures.folders()) if (there.get(folder.kind)?.has(folder.digits) === false) shown.pictures.forget(folder)
}

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
