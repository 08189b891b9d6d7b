import { statSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../errors.ts'
import { systemClock } from '../flow/clock.ts'
import { makeFolders } from '../flow/make-folders.ts'
import { type LiveFound, LiveTwin, readTitle } from '../operations/twin/live.ts'
import { stillsOf } from '../operations/twin/stills.ts'
import { NO_TITLE } from '../operations/twin/title.ts'
import type { Account } from '../smugmug/account.ts'
import { posterPath, TWIN_FILES, thumbnailPath } from '../twin/format.ts'
import { readPlaces } from '../twin/places.ts'
import { inHome } from '../vault/home/home.ts'
import { scratchFolder } from '../vault/scratch.ts'
import { Shown } from '../vault/shown.ts'
import { hasCatalogue } from '../vault/vault.ts'
import { openAccountOf } from './account.ts'
import { pathInside } from './inside.ts'
import { lazily, pageAssets, placesTable } from './installation.ts'
import { lastingMaker } from './lasting-maker.ts'
import { startPictures } from './pictures.ts'
import { type Around, lookAtHome, type Place, pathInVault, placeOf } from './place.ts'
import type { Request } from './request.ts'
import { withVault } from './vault.ts'

/** A vault that is looked at, for as long as a person likes. It may be changed by a run at the same time. */
export interface Looking {
  /** Returns the name of the account. Of a vault that nobody has looked at yet, it reads no more than that. */
  title(): Promise<string>
  /** Returns a page of the twin by its path, such as `Travel/index.html`; undefined if there is none. */
  page(path: string): Promise<string | undefined>
  /** Returns true if there is a page of an album or folder at this path. Nothing is rendered. */
  hasPage(path: string): Promise<boolean>
  /** Returns a file below `twin.files/`: data, script, style sheet, thumbnail; undefined if there is none. */
  file(path: string): Promise<Uint8Array | undefined>
  /** Returns the photo that a thumbnail's path means, nameless if several with the same bytes have different names; undefined if there is none. */
  photoOf(path: string): { readonly name?: string } | undefined
  /** Returns up to 200 items that hold every word, the newest first. */
  search(query: string): Promise<readonly LiveFound[]>
  close(): Promise<void>
}

/** The time for which the pages are taken to be right, in milliseconds. */
const FRESH_MS = 2000

/**
 * Looks at the vault of a destination. The list of what is shown lies in a folder for temporary files, so that a backup or twin at the same time
 * is not in its way. Thumbnails are made when they are asked for, and posters of videos fetched from SmugMug while somebody is signed in; both are
 * kept in the vault where it can be written to.
 */
export async function openLooking(destination: string, request: Request): Promise<Looking> {
  const folder = await scratchFolder('smugmug-backup-web-')
  const shown = Shown.open(join(folder, 'shown.sqlite'))
  const { emit, signal } = request
  const twin = new LiveTwin({ shown, placeOf: lazily(() => readPlaces(placesTable())), emit, signal, clock: systemClock })
  const place = placeOf(destination, request)
  const bringUpToDate = updating(place, twin)
  const stills = openStills(request)
  const thumbnails = openThumbnails(place, stills.of)
  return {
    title: async () => twin.title ?? (await titleOf(place)),
    page: async (path) => {
      await bringUpToDate()
      return twin.page(path)
    },
    hasPage: async (path) => {
      await bringUpToDate()
      return twin.hasPage(path)
    },
    file: async (path) => {
      const own = pageAssets().get(path)
      if (own !== undefined) return own
      if (path.startsWith('data/')) {
        if (path === 'data/index.js') await bringUpToDate()
        return twin.data(`${TWIN_FILES}/${path}`)
      }
      // A page that is none of the twin's may be the first to show a picture.
      if (photoOf(twin, path) === undefined) await bringUpToDate()
      const photo = photoOf(twin, path)
      return photo === undefined ? undefined : await thumbnails.of(path, photo)
    },
    photoOf: (path) => photoOf(twin, path),
    search: async (query) => {
      await bringUpToDate()
      return twin.search(query)
    },
    close: async () => {
      await thumbnails.close()
      await stills.close()
      shown.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Reads the name of the account; a general word for a vault that cannot be read, of which the health page says why. */
async function titleOf(place: Place): Promise<string> {
  try {
    if (!lookAtHome(place, hasCatalogue)) return NO_TITLE
    return await withVault(place, { mode: 'read', operation: 'web' }, (vault) => readTitle(vault))
  } catch (error) {
    if (error instanceof AppError) return NO_TITLE
    throw error
  }
}

type Photo = NonNullable<ReturnType<LiveTwin['fileOf']>>

/** Returns the photo or video that the path of a thumbnail or poster means. */
function photoOf(twin: LiveTwin, path: string): Photo | undefined {
  const [, md5] = /^(?:thumbs|posters)\/[0-9a-f]{2}\/([0-9a-f]{32})\.(?:webp|jpg)$/.exec(path) ?? []
  const photo = md5 === undefined ? undefined : twin.fileOf(md5)
  if (md5 === undefined || photo === undefined) return undefined
  return path === (photo.isVideo ? posterPath(md5) : thumbnailPath(md5)) ? photo : undefined
}

/** Returns a function that reads what changed since, at most every two seconds and once at a time. */
function updating(place: Place, twin: LiveTwin): () => Promise<void> {
  let under: Promise<void> | undefined
  let until = 0
  let last = ''
  const look = async (): Promise<void> => {
    const now = stateIn(place)
    if (now !== last && lookAtHome(place, hasCatalogue)) {
      await withVault(place, { mode: 'read', operation: 'web' }, (vault) => twin.update(vault))
      last = now
    }
    until = systemClock.monotonic() + FRESH_MS
  }
  return async () => {
    if (under === undefined && systemClock.monotonic() < until) return
    under ??= look().finally(() => {
      under = undefined
    })
    await under
  }
}

/** Returns a text that differs when the catalogue of a destination has changed. Throws `DestinationError` if the disk refuses a look. */
export const stateOf = (destination: string, around: Around): string => stateIn(placeOf(destination, around))

function stateIn(place: Place): string {
  const found = lookAtHome(place, (home) => statSync(inHome(home, 'catalogue'), { throwIfNoEntry: false }))
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

/** The time for which SmugMug is not asked again after it gave no still, in milliseconds. */
const STILL_PAUSE_MS = 5 * 60_000

/** Fetches the stills of videos from the account of the settings, one at a time; none if nobody is signed in. */
function openStills(request: Request) {
  const { apiKey, apiSecret, userToken, userSecret } = request.settings
  const isSignedIn = [apiKey, apiSecret, userToken, userSecret].every((value) => value !== undefined)
  let account: Account | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let notBefore = 0
  const without = new Set<string>()
  const fetchStill = async (still: string): Promise<Uint8Array | undefined> => {
    if (systemClock.monotonic() < notBefore || without.has(still)) return undefined
    account ??= openAccountOf({ ...request, settings: { ...request.settings, maxRetries: 0 }, emit: () => undefined })
    const found = await stillsOf(account)(still, request.signal)
    if (found === undefined) notBefore = systemClock.monotonic() + STILL_PAUSE_MS
    if (found !== 'none') return found
    without.add(still)
    return undefined
  }
  return {
    of: async (still: string): Promise<Uint8Array | undefined> => {
      if (!isSignedIn || still === '') return undefined
      const fetched = turn.then(() => fetchStill(still))
      turn = fetched.catch(() => undefined)
      return await fetched
    },
    close: async (): Promise<void> => {
      await turn
      await account?.close()
    },
  }
}

/** Finds thumbnails and posters or makes them, one at a time. `fetchStill` gives the still of a video. */
function openThumbnails(place: Place, fetchStill: (still: string) => Promise<Uint8Array | undefined>) {
  const maker = lastingMaker(startPictures, () => systemClock.monotonic())
  let turn: Promise<unknown> = Promise.resolve()
  const thumbs = inHome(place.home, 'twinThumbs')
  const make = async (path: string, source: string | Uint8Array): Promise<Uint8Array | undefined> => {
    const picture = await maker.make(source)
    if (typeof picture !== 'object') return undefined
    await unlessRefused(keep(join(thumbs, path), picture.bytes))
    return picture.bytes
  }
  return {
    /** Returns the thumbnail or poster at a path, of this photo or video. */
    of: async (path: string, photo: Photo): Promise<Uint8Array | undefined> => {
      const ofTwin = await pathInVault(place, [TWIN_FILES, ...path.split('/')])
      const ours = await pathInside(thumbs, path.split('/'))
      for (const standing of [ofTwin, ours]) {
        const found = standing === undefined ? undefined : await unlessRefused(readFile(standing))
        if (found !== undefined) return found
      }
      const source = photo.isVideo ? await fetchStill(photo.still) : await pathInVault(place, photo.path.split('/'))
      if (source === undefined) return undefined
      const made = turn.then(() => make(path, source))
      turn = made.catch(() => undefined)
      return await made
    },
    close: async (): Promise<void> => {
      await turn
      await maker.close()
    },
  }
}

async function keep(path: string, bytes: Uint8Array): Promise<void> {
  await makeFolders(dirname(path))
  await writeFile(`${path}.part`, bytes)
  await rename(`${path}.part`, path)
}
