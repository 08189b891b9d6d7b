import { DestinationError } from '../../errors.ts'
import { formatBytes } from '../../events.ts'
import { inFolder } from '../../vault/layout.ts'
import { type PictureRow, type ShownRow, TOO_LARGE } from '../../vault/shown-rows.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { TextFile } from '../../vault/text-file.ts'
import type { Made, Picture, PictureMaker } from '../../vault/thumbnails/maker.ts'
import { lentPicture, pathOfPicture, standingPicture, withPhoto } from './picture-files.ts'
import type { TwinRun } from './run.ts'

/** Items whose pictures are written, and made durable in the list, together. */
const SLICE = 25

/** Room that thumbnails leave on a disk, in bytes, or a part of a small disk: originals need it. */
const RESERVE = { most: 1e9, share: 0.05 } as const

/** The facts of a run that makes pictures. */
interface Making {
  readonly run: TwinRun
  readonly maker: PictureMaker
  readonly total: number
  done: number
}

/** Counts the pictures that are to be made if all goes well. */
export const countDuePictures = ({ shown, startPictures, stills }: TwinRun): number =>
  startPictures === undefined ? 0 : shown.pictures.countDue({ way: 'sharp', stills: stills !== undefined })

/**
 * Makes the pictures that are missing, newest first, until the run is interrupted: the one under way is finished. A file of which no
 * picture can be made is shown as a tile with its name. Nothing about pictures ends the run: in the worst case a warning says why there
 * are none.
 */
export async function makePictures(run: TwinRun): Promise<void> {
  if (run.startPictures === undefined || countDuePictures(run) === 0 || run.signal.aborted || !(await hasRoom(run))) return
  const maker = await run.startPictures()
  if (maker === undefined)
    return warn(run, 'The process that makes thumbnails could not be started: the twin shows names instead. The next run tries again.')
  try {
    const total = run.shown.pictures.countDue(wayOf(run, maker))
    if (total === 0) return
    if (maker.way === 'exif') warn(run, WITHOUT_SHARP)
    run.emit({ event: 'phase', name: 'making thumbnails' })
    await makeDue({ run, maker, total, done: 0 })
  } finally {
    await maker.close()
  }
}

const WITHOUT_SHARP =
  'The library sharp is not installed: the twin shows the small pictures that cameras put into their files, and else names. Install the program with its optional parts to get thumbnails; a single executable needs the folder node_modules of its archive beside it.'

const wayOf = ({ stills }: TwinRun, { way }: PictureMaker) => ({ way, stills: stills !== undefined })

const warn = (run: TwinRun, message: string): void => run.emit({ event: 'warning', message })

async function makeDue(making: Making): Promise<void> {
  const { run, maker } = making
  for (const year of run.shown.dates.years()) {
    let after: ShownRow | undefined
    for (;;) {
      const rows = run.shown.pictures.due(year, wayOf(run, maker), { most: SLICE, ...(after !== undefined && { after }) })
      after = rows.at(-1)
      if (after === undefined) break
      if (!(await makeSlice(making, rows)) || run.signal.aborted || !(await hasRoom(run))) return
    }
  }
}

/** Makes and writes the pictures of these items. Returns false if no more can be made. */
async function makeSlice(making: Making, rows: readonly ShownRow[]): Promise<boolean> {
  const { run } = making
  const made = new Map<string, { readonly row: ShownRow; readonly picture: Picture | 'none' | 'large' }>()
  let goesOn = true
  for (const row of rows) {
    if (run.signal.aborted || !goesOn) break
    if (made.has(row.md5)) continue
    const picture = await makePicture(making, row)
    if (picture === 'ended') {
      warn(run, 'The process that makes thumbnails ended again and again: the next run makes the rest.')
      goesOn = false
    } else if (picture !== 'unread') made.set(row.md5, { row, picture })
    making.done += 1
    run.emit({ event: 'progress', done: Math.min(making.done, making.total), total: making.total, unit: 'items' })
  }
  return (await keep(making, [...made.values()])) && goesOn
}

/** Writes pictures, and notes them. Returns false if the disk takes no more. */
async function keep(
  { run, maker }: Making,
  made: readonly { readonly row: ShownRow; readonly picture: Picture | 'none' | 'large' }[],
): Promise<boolean> {
  const files = new Map<string, TextFile>()
  for (const { row, picture } of made) {
    if (typeof picture === 'string' || picture.bytes.length === 0) continue
    const path = pathOfPicture(row.md5, picture.kind)
    files.set(path, run.fileOfBytes(path, picture.bytes))
  }
  const refused = new Set<string>()
  try {
    await run.files.write(files.values(), (path, reason, more) => {
      refused.add(path)
      run.report({ kind: 'failed', name: path, reason, ...more })
    })
  } catch (error) {
    if (!(error instanceof DestinationError)) throw error
    warn(run, `Thumbnails could not be written: ${error.message} The next run makes the rest.`)
    return false
  }
  for (const { row, picture } of made) {
    const way = typeof picture === 'object' ? maker.way : row.isVideo ? row.still : picture === 'large' ? TOO_LARGE : maker.way
    if (typeof picture === 'string') run.shown.pictures.put(row.md5, { kind: 'none', width: 0, height: 0, way })
    else if (!refused.has(pathOfPicture(row.md5, picture.kind))) run.shown.pictures.put(row.md5, rowOf(picture, way))
  }
  run.shown.flush()
  return true
}

const rowOf = ({ kind, width, height }: Picture, way: string): PictureRow => ({ kind, width, height, way })

/**
 * Returns the picture of an item. One that stands already, because the list was made anew, is taken as it is: it has no bytes here. A twin
 * elsewhere takes that of the vault's own twin.
 */
async function makePicture({ run, maker }: Making, row: ShownRow): Promise<Made> {
  if (run.shown.picture(row.md5) === undefined) {
    const standing = (await standingPicture(run, row)) ?? (await lentPicture(run, row))
    if (standing !== undefined) return standing
  }
  if (row.isVideo) {
    const still = await run.stills?.(row.still, run.signal)
    return still === undefined ? 'unread' : still === 'none' ? 'none' : maker.make(still)
  }
  const path = inFolder(run.shown.folderOf(row.albumKey) ?? '', row.name)
  return (await isFile(run, path)) ? withPhoto(run, path, (file) => maker.make(file)) : 'unread'
}

async function isFile({ vault }: TwinRun, path: string): Promise<boolean> {
  try {
    return (await vault.storage.stat(path))?.kind === 'file'
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return false
  }
}

async function hasRoom(run: TwinRun): Promise<boolean> {
  const { target } = run
  const free = await target.free?.()
  const reserve = Math.min(RESERVE.most, RESERVE.share * ((await target.size?.()) ?? Number.POSITIVE_INFINITY))
  if (free === undefined || free > reserve) return true
  warn(
    run,
    `No thumbnails are made while only ${formatBytes(free)} are free in ${target.location}: ${formatBytes(Math.round(reserve))} are left to the photos. The twin shows names instead, and the next run with more room makes them.`,
  )
  return false
}
