import { createHash } from 'node:crypto'
import { extname } from 'node:path'
import { IntegrityError } from '../../../errors.ts'
import { checked } from '../../../flow/checked.ts'
import { posterPath, TWIN_FILES } from '../../../twin/format.ts'
import type { Box, PublicPicture } from '../../../twin/public.ts'
import { inFolder } from '../../../vault/layout.ts'
import { StorageError } from '../../../vault/storage/storage.ts'
import type { PictureMaker } from '../../../vault/thumbnails/maker.ts'
import { withPhoto } from '../picture-files.ts'
import type { TwinRun } from '../run.ts'
import type { Source } from './view.ts'

/** A file that a public twin shows for an item. */
export interface Published {
  /** Stands for the file in the list: another file of the vault, or another bound, has another one. The file cannot be known by it. */
  readonly id: string
  readonly name: string
  readonly path: string
  readonly source: Source
  readonly isVideo: boolean
  readonly picture: Exclude<PublicPicture, { readonly kind: 'none' }>
}

/** Returns the file that may be published for an item; undefined if none may. */
export function published(item: {
  readonly imageKey: string
  readonly picture: PublicPicture
  readonly source: Source
  readonly folder: string
  readonly isVideo: boolean
}): Published | undefined {
  const { imageKey, picture, source, folder, isVideo } = item
  if (picture.kind === 'none' || (isVideo && picture.kind !== 'copy')) return undefined
  const { file } = source
  const bound = picture.kind === 'copy' ? 'copy' : `${picture.box.width} ${picture.box.height}`
  const id = createHash('sha256').update(`${imageKey} ${file.sha256} ${bound}`).digest('hex').slice(0, 32)
  // A name of another album could be that of another item here.
  const copied = source.folder === folder ? file.name : imageKey + extname(file.name)
  const name = picture.kind === 'copy' ? copied : `${imageKey}.jpg`
  return { id, name, path: inFolder(folder, name), source, isVideo, picture }
}

/** The largest thumbnail. A smaller bound of the picture itself counts. */
const THUMBNAIL: Box = { width: 480, height: 360 }

/** Returns the path of a public thumbnail. */
export const thumbnailOf = ({ id }: Published): string => `${TWIN_FILES}/${posterPath(id)}`

/** The size of a picture in pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** Returns the size of a published file that stands already, 0 by 0 if it is not known; undefined if it does not stand. */
export async function standing(run: TwinRun, { id, path }: Published): Promise<Size | undefined> {
  const [known, width, height] = (run.shown.page(path) ?? '').split(' ')
  return known === id && (await run.files.stands(path)) ? { width: Number(width), height: Number(height) } : undefined
}

/** Returns true if the item needs no thumbnail, or has it. */
export const hasThumbnail = async (run: TwinRun, item: Published): Promise<boolean> =>
  item.isVideo || (run.shown.picture(item.id) !== undefined && (await run.files.stands(thumbnailOf(item))))

/** Publishes the file of an item with its thumbnail, if they do not stand already. Returns its size; undefined if it cannot be published. */
export async function publish(run: TwinRun, item: Published, maker: () => Promise<PictureMaker | undefined>): Promise<Size | undefined> {
  const stands = await standing(run, item)
  const size = stands ?? (await (item.picture.kind === 'copy' ? copy(run, item) : encode(run, item, { box: item.picture.box, maker })))
  if (size === undefined) return undefined
  if (stands === undefined) run.shown.putPage(item.path, `${item.id} ${size.width} ${size.height}`)
  if (await hasThumbnail(run, item)) return size
  const box = item.picture.kind === 'copy' || item.picture.box.width > THUMBNAIL.width ? THUMBNAIL : item.picture.box
  const thumbnail = await encode(run, { ...item, path: thumbnailOf(item) }, { box, maker })
  if (thumbnail !== undefined) run.shown.pictures.put(item.id, { kind: 'poster', ...thumbnail, way: 'sharp' })
  return size
}

const refusal =
  (run: TwinRun) =>
  (name: string, reason: string, more?: { readonly needsYou: true }): void =>
    run.report({ kind: 'failed', name, reason, ...more })

async function copy(run: TwinRun, { path, source: { folder, file } }: Published): Promise<Size | undefined> {
  const from = inFolder(folder, file.name)
  const bytes = () => checked(run.vault.storage.read(from), { size: file.size, md5: file.md5 }).stream
  try {
    return (await run.files.copy({ path, sha256: file.sha256 }, bytes, refusal(run))) ? { width: 0, height: 0 } : undefined
  } catch (error) {
    if (!(error instanceof IntegrityError || error instanceof StorageError)) throw error
    run.report({ kind: 'damaged', name: from, reason: `it was not copied into the public twin: ${error.message}` })
    return undefined
  }
}

async function encode(
  run: TwinRun,
  { path, source: { folder, file } }: Published,
  { box, maker }: { readonly box: Box; readonly maker: () => Promise<PictureMaker | undefined> },
): Promise<Size | undefined> {
  const by = await maker()
  if (by?.encode === undefined) return undefined
  const made = await withPhoto(run, inFolder(folder, file.name), async (photo) => by.encode?.(photo, box))
  if (made === undefined || typeof made === 'string') return undefined
  let isRefused = false
  await run.files.write([run.fileOfBytes(path, made.bytes)], (name, reason) => {
    isRefused = true
    refusal(run)(name, reason)
  })
  return isRefused ? undefined : { width: made.width, height: made.height }
}
