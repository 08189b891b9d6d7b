/**
 * `node bench/versions.ts`: the growth of the past in ten years of nights over a million items, and the time of undoing all of it. The account is
 * simulated row by row, with the functions that a backup notes changes with; an album exists only while it changes.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { JsonObject } from '../src/model.ts'
import { openFolder } from '../src/vault/storage/folder.ts'
import { type Change, changesBack, type Doc } from '../src/vault/versions/delta.ts'
import { Past } from '../src/vault/versions/past.ts'
import { changeLine, headLine, versionPath } from '../src/vault/versions/version-file.ts'
import { packedLines } from '../src/vault/versions/version-text.ts'
import { chanceOf } from '../test/campaigns/chance.ts'

const [ALBUMS, ITEMS, NIGHTS, DAY] = [10_000, 100, 3_650, 86_400_000]
const chance = chanceOf(1)
const START = Date.UTC(2016, 0, 1)

interface Item {
  readonly serial: number
  readonly edits: number
}

/** The items of albums that ever changed; the others hold their first hundred. */
const albums = new Map<number, { items: readonly Item[]; night: number }>()
let serials = ALBUMS * ITEMS
const hash = (length: number, seed: number): string => {
  const { upTo } = chanceOf(seed)
  return Array.from({ length }, () => upTo(16).toString(16)).join('')
}

/** Returns a row as large as the program's own: about 2.5 kB. */
function rowOf({ serial, edits }: Item): JsonObject {
  const date = new Date(START + serial * 60_000).toISOString()
  const caption = edits === 0 ? '' : `Words that somebody wrote about photo ${serial}, for the ${edits}. time`
  const [md5, sha256] = [hash(32, serial), hash(64, serial + 1)]
  return {
    ...{
      imageKey: serial.toString(36).padStart(7, 'k'),
      serial: 0,
      state: 'held',
      name: `IMG_${serial}.jpg`,
      fileName: `IMG_${serial}.jpg`,
    },
    ...{
      title: '',
      caption,
      keywords: 'holiday; sea',
      format: 'JPG',
      isVideo: false,
      hidden: false,
      lastUpdated: date,
      latitude: '0',
      longitude: '0',
    },
    files: [
      { name: `IMG_${serial}.jpg`, size: 5_000_000 + serial, md5, sha256, grade: 'original', toldMd5: md5, toldSize: 5_000_000 + serial },
    ],
    smugmug: {
      ...Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`Field${n}`, `${n % 3 === 0 ? `/api/v2/image/${serial}!f${n}` : n}`])),
      Caption: caption,
      LastUpdated: edits === 0 ? date : `${date}${edits}`,
      ArchivedMD5: md5,
    },
  }
}

function docOf(album: number): Doc {
  const { items, night } = albums.get(album) ?? { items: firstItems(album), night: 0 }
  const updated = new Date(START + night * DAY).toISOString()
  const head = {
    key: `A${album}`,
    urlPath: `/Travel/Album-${album}`,
    folder: `Travel/Album-${album}`,
    imageCount: items.length,
    lastUpdated: updated,
  }
  const smugmug = { LastUpdated: updated, ImagesLastUpdated: updated, ImageCount: items.length, TotalSizes: items.length * 5_000_000 }
  return { head: { ...head, smugmug }, rows: new Map(items.map((item) => [String(item.serial), rowOf(item)])) }
}

const firstItems = (album: number): readonly Item[] => Array.from({ length: ITEMS }, (_, n) => ({ serial: album * ITEMS + n, edits: 0 }))

/** Changes an album, and returns the changes that lead back. */
function change(
  night: number,
  how: (items: readonly Item[]) => readonly Item[],
): { readonly key: string; readonly changes: readonly Change[] } {
  const album = chance.upTo(ALBUMS)
  const before = docOf(album)
  albums.set(album, { items: how(albums.get(album)?.items ?? firstItems(album)), night })
  return { key: `A${album}`, changes: changesBack(before, docOf(album)) }
}

/** The time of the processor, which other programs do not lengthen. */
const cpuMs = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000

const folder = mkdtempSync(join(tmpdir(), 'smugmug-versions-'))
const count = { added: 0, edited: 0, gone: 0, files: 0, bytes: 0, largest: 0 }
try {
  for (let night = 1; night <= NIGHTS; night += 1) {
    // Three nights of seven see no change.
    if (chance.upTo(7) < 3) continue
    const [added, edited, gone] = [chance.upTo(160), chance.upTo(65), chance.upTo(6)]
    const notes = [
      change(night, (items) => [...Array.from({ length: added }, () => ({ serial: serials++, edits: 0 })), ...items]),
      change(night, (items) => items.map((item, n) => (n < edited ? { ...item, edits: item.edits + 1 } : item))),
      change(night, (items) => items.slice(gone)),
    ]
    const at = START + night * DAY
    const lines = notes.flatMap(({ key, changes }) => changes.map((each) => changeLine(key, each)))
    const path = join(folder, versionPath(night, at))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, packedLines([headLine({ run: night, at }), ...lines]))
    const { size } = statSync(path)
    count.added += added
    count.edited += edited
    count.gone += gone
    count.files += 1
    count.bytes += size
    count.largest = Math.max(count.largest, size)
  }
  const storage = openFolder(folder)
  const begun = process.cpuUsage()
  const past = await Past.open({ storage, catalogue: { runs: { endedWell: () => true }, meta: () => undefined } }, 0)
  const opened = cpuMs(process.cpuUsage(begun))
  let undoing = 0
  for (const record of past.records) {
    const now = docOf(Number(record.slice(1)))
    const from = process.cpuUsage()
    past.recordBack(record, now)
    undoing += cpuMs(process.cpuUsage(from))
  }
  await storage.close()
  console.log(
    JSON.stringify({
      ...count,
      records: past.records.size,
      openMs: Math.round(opened),
      undoMs: Math.round(undoing),
      memoryMb: Math.round(process.memoryUsage.rss() / 1e6),
    }),
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
