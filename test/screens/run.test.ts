import { describe, test } from 'node:test'
import type { Event } from '../../src/events.ts'
import { assertScreen, openTheatre, type Theatre } from '../support/screens.ts'

const FILM = 60_000_000
const PHOTO = 50_000
const host = 'api.smugmug.com'

/** The beginning of a first backup: 300 photos and 3 films of 60 MB in two albums. */
const begun = ({ emit }: Theatre): void =>
  emit(
    { event: 'run.started', operation: 'backup', destination: '/mnt/photos', dryRun: false },
    { event: 'account', nickName: 'lindberg-weddings', albums: 2, items: 303, bytes: 195_000_000 },
    { event: 'album.started', album: '/Weddings-2026/Garcia-Lopez/Evening', albumKey: 'a', items: 300 },
    { event: 'album.listed', album: '/Weddings-2026/Garcia-Lopez/Evening', albumKey: 'a', items: 300, toFetch: 300, bytes: 300 * PHOTO },
    { event: 'album.started', album: '/Films', albumKey: 'b', items: 3 },
    { event: 'album.listed', album: '/Films', albumKey: 'b', items: 3, toFetch: 3, bytes: 3 * FILM },
  )

const came = (n: number): readonly Event[] => {
  const path = `Weddings-2026/Garcia-Lopez/Evening/IMG_${String(n).padStart(4, '0')}.jpg`
  return [
    { event: 'transfer.started', path, size: PHOTO },
    { event: 'transfer.progress', path, received: PHOTO, size: PHOTO },
    { event: 'transfer.finished', path, received: PHOTO },
    {
      event: 'item',
      outcome: 'stored',
      album: '/Weddings-2026/Garcia-Lopez/Evening',
      albumKey: 'a',
      imageKey: `${n}`,
      path,
      size: PHOTO,
      wanted: { size: PHOTO },
    },
  ]
}

const film = 'Films/The whole wedding day, uncut 家族.mp4'

/** Fetches photos for ten seconds, ten a second. */
const hundredPhotos = (theatre: Theatre): void => {
  for (let n = 1; n <= 100; n++) {
    theatre.emit(...came(n))
    theatre.pass(100)
  }
}

const failed = (n: number): readonly Event[] => {
  const album = '/Weddings-2026/Garcia-Lopez/Evening'
  const facts = { reason: 'SmugMug had trouble and did not answer', detail: 'photos.smugmug.com answered 503 (unavailable)' }
  return [
    { event: 'problem', problem: { kind: 'failed', album, name: `IMG_${String(n).padStart(4, '0')}.jpg`, imageKey: `f${n}`, ...facts } },
    { event: 'item', outcome: 'failed', album, albumKey: 'a', imageKey: `f${n}`, wanted: { size: PHOTO }, ...facts },
  ]
}

const retry = (attempt: number, status: number, reason: string): Event => ({
  event: 'retry',
  what: 'album!images',
  reason: `${host} ${reason}`,
  waitMs: 8000,
  attempt,
  most: 6,
  host,
  status,
})

const scenes: Readonly<Record<string, (theatre: Theatre) => void>> = {
  'two-sizes': (theatre) => {
    theatre.emit({ event: 'transfer.started', path: film, size: FILM })
    for (let n = 1; n <= 300; n++) {
      theatre.emit(...came(n), { event: 'transfer.progress', path: film, received: n * 50_000, size: FILM })
      theatre.pass(100)
    }
  },
  wait: (theatre) => {
    hundredPhotos(theatre)
    theatre.emit({ event: 'waiting', host, reason: `${host}: answered 429 (too many requests)`, untilMs: theatre.io.now() + 30_000 })
    theatre.pass(2000)
    // The other host goes on meanwhile.
    theatre.emit(...came(101), { event: 'transfer.started', path: film, size: FILM })
    theatre.pass(2000)
  },
  outage: (theatre) => {
    hundredPhotos(theatre)
    for (let attempt = 1; attempt <= 4; attempt++) {
      theatre.emit(retry(attempt, 503, 'answered 503 (unavailable)'))
      theatre.pass(4000)
    }
  },
  maintenance: (theatre) => {
    hundredPhotos(theatre)
    for (let attempt = 1; attempt <= 4; attempt++) {
      theatre.emit({ event: 'request', host, what: 'album!images', endpoint: 'album!images', status: 200, durationMs: 90 })
      theatre.emit(retry(attempt, 200, 'answered with a web page'))
      theatre.pass(4000)
    }
  },
  failures: (theatre) => {
    hundredPhotos(theatre)
    for (let n = 101; n <= 167; n++) {
      theatre.emit(...failed(n))
      theatre.pass(100)
    }
  },
}

describe('the screen of a backup that goes on', () => {
  for (const [what, play] of Object.entries(scenes))
    for (const columns of [40, 80, 120])
      test(`${what} at ${columns} columns`, () => {
        const theatre = openTheatre(['backup'], columns)
        begun(theatre)
        play(theatre)
        assertScreen(`run-${what}-${columns}`, theatre.lines())
        theatre.stage.close()
      })
})
