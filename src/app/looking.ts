import { statSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { systemClock } from '../flow/clock.ts'
import { type LiveFound, LiveTwin } from '../operations/twin/live.ts'
import { TWIN_FILES, thumbnailPath } from '../twin/format.ts'
import { readPlaces } from '../twin/places.ts'
import { layout } from '../vault/layout.ts'
import { Shown } from '../vault/shown.ts'
import type { PictureMaker } from '../vault/thumbnails/maker.ts'
import { hasCatalogue } from '../vault/vault.ts'
import { pathInside } from './inside.ts'
import { lazily, liveAssets, placesTable, twinAssets } from './installation.ts'
import { startPictures } from './pictures.ts'
import type { Request } from './request.ts'
import { withVault } from './vault.ts'

/** A vault that is looked at, for as long as a person likes. It may be changed by a run at the same time. */
export interface Looking {
  /** The name of the account. */
  title(): string
  /** Returns a page of the twin by its path, such as `Travel/index.html`; undefined if there is none. */
  page(path: string): Promise<string | undefined>
  /** Returns a file below `twin.files/`: data, script, style sheet, thumbnail; undefined if there is none. */
  file(path: string): Promise<Uint8Array | undefined>
  /** Returns the name of the photo that a thumbnail's path means; undefined if there is none. */
  photoOf(path: string): string | undefined
  /** Returns up to 200 items that hold every word, the newest first. */
  search(query: string): Promise<readonly LiveFound[]>
  close(): Promise<void>
}

/** The time for which the pages are taken to be right, in milliseconds. */
const FRESH_MS = 2000

/**
 * Looks at the vault in a folder. The list of what is shown lies in a folder for temporary files, so that a backup or twin at the same time
 * is not in its way. Thumbnails are made when they are asked for, and kept in the vault where it can be written to.
 */
export async function openLooking(destination: string, request: Omit<Request, 'settings'>): Promise<Looking> {
  const folder = await mkdtemp(join(tmpdir(), 'smugmug-backup-web-'))
  const shown = Shown.open(join(folder, 'shown.sqlite'))
  const { emit, signal } = request
  const twin = new LiveTwin({ shown, placeOf: lazily(() => readPlaces(placesTable())), emit, signal, clock: systemClock })
  const assets = new Map([...twinAssets(), ...liveAssets()].map(({ path, bytes }) => [path, bytes]))
  const bringUpToDate = updating(destination, twin)
  const thumbnails = openThumbnails(destination)
  return {
    title: () => twin.title,
    page: async (path) => {
      await bringUpToDate()
      return twin.page(path)
    },
    file: async (path) => {
      const own = assets.get(path)
      if (own !== undefined) return own
      if (path.startsWith('data/')) {
        if (path === 'data/index.js') await bringUpToDate()
        return twin.data(`${TWIN_FILES}/${path}`)
      }
      const photo = photoOf(twin, path)
      return photo === undefined || photo.isVideo ? undefined : await thumbnails.of(path, photo.path)
    },
    photoOf: (path) => photoOf(twin, path)?.path.split('/').at(-1),
    search: async (query) => {
      await bringUpToDate()
      return twin.search(query)
    },
    close: async () => {
      await thumbnails.close()
      shown.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Returns the file that a thumbnail's path means. */
function photoOf(twin: LiveTwin, path: string): ReturnType<LiveTwin['fileOf']> {
  const [, md5] = /^thumbs\/[0-9a-f]{2}\/([0-9a-f]{32})\.webp$/.exec(path) ?? []
  return md5 === undefined || path !== thumbnailPath(md5) ? undefined : twin.fileOf(md5)
}

/** Returns a function that reads what changed since, at most every two seconds and once at a time. */
function updating(destination: string, twin: LiveTwin): () => Promise<void> {
  let under: Promise<void> | undefined
  let until = 0
  let last = ''
  const look = async (): Promise<void> => {
    const now = stateOf(destination)
    if (now !== last && hasCatalogue(destination)) {
      await withVault(destination, { mode: 'read', operation: 'web' }, (vault) => twin.update(vault))
      last = now
    }
    until = systemClock.now() + FRESH_MS
  }
  return async () => {
    if (under === undefined && systemClock.now() < until) return
    under ??= look().finally(() => {
      under = undefined
    })
    await under
  }
}

/** Returns a text that differs when the catalogue has changed. */
const stateOf = (destination: string): string => {
  const found = statSync(join(destination, layout.catalogue), { throwIfNoEntry: false })
  return `${found?.ino} ${found?.size} ${found?.mtimeMs}`
}

/** The error codes of a place where nothing can be read or kept. */
const REFUSED: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EISDIR', 'ELOOP'])

const unlessRefused = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work
  } catch (error) {
    if (REFUSED.has((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/** Finds thumbnails or makes them, one at a time. */
function openThumbnails(destination: string) {
  let maker: Promise<PictureMaker | undefined> | undefined
  let turn: Promise<unknown> = Promise.resolve()
  const make = async (path: string, photo: string): Promise<Uint8Array | undefined> => {
    maker ??= startPictures()
    const file = await pathInside(destination, photo.split('/'))
    const picture = file === undefined ? undefined : await (await maker)?.make(file)
    if (typeof picture !== 'object') return undefined
    await unlessRefused(keep(join(destination, layout.twinThumbs, path), picture.bytes))
    return picture.bytes
  }
  return {
    /** Returns the thumbnail at a path, of the photo at another one. */
    of: async (path: string, photo: string): Promise<Uint8Array | undefined> => {
      const ofTwin = await pathInside(destination, [TWIN_FILES, ...path.split('/')])
      const ours = await pathInside(join(destination, layout.twinThumbs), path.split('/'))
      for (const place of [ofTwin, ours]) {
        const found = place === undefined ? undefined : await unlessRefused(readFile(place))
        if (found !== undefined) return found
      }
      const made = turn.then(() => make(path, photo))
      turn = made.catch(() => undefined)
      return await made
    },
    close: async (): Promise<void> => {
      await turn
      if (maker !== undefined) await (await maker)?.close()
    },
  }
}

async function keep(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.part`, bytes)
  await rename(`${path}.part`, path)
}
