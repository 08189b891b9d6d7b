import {
  type DataPlace,
  dataPath,
  dataScript,
  encodePoints,
  type GridItem,
  type ItemWords,
  type MonthEntry,
  monthName,
  PART,
  type PartEntry,
  type Point,
  ratioByte,
  type TwinData,
  type YearEntry,
} from './format.ts'

/** An item of the timeline. The same bytes stand in it once, however many albums show them. */
export interface TimelineItem {
  readonly albumKey: string
  readonly imageKey: string
  readonly md5: string
  /** Its file's name in the album's folder. */
  readonly name: string
  /** Bits of `SHOWS`. */
  readonly shows: number
  readonly width: number
  readonly height: number
  /** 1 to 12; 0 if it is not known. */
  readonly month: number
  readonly words: ItemWords
  readonly latitude?: number
  readonly longitude?: number
  /** The folded line that the search looks through. */
  readonly text: string
}

/** A data file of the twin: its path below `twin.files/`, and its text. */
export interface DataFile {
  readonly path: string
  readonly script: string
}

/** Returns the beginning of a text's hash, for the name of its file. */
export type HashText = (text: string) => string

/** Makes the file for some data, whose name holds its hash. */
export function dataFile(data: TwinData & DataPlace, hash: HashText): DataFile & { readonly hash: string } {
  const script = dataScript(data)
  const name = hash(script)
  return { path: dataPath(data, name), script, hash: name }
}

/**
 * Yields the data files of a year from its items, newest first, and returns its entry in the index. The parts of months are yielded as they
 * fill, so that a year is never held whole but for its search text.
 */
export function* yearFiles(year: number, items: Iterable<TimelineItem>, hash: HashText): Generator<DataFile, YearEntry> {
  const months: { month: number; items: number; parts: PartEntry[] }[] = []
  const ratios: number[] = []
  const lines: string[] = []
  const points: Point[] = []
  let part: Part | undefined
  function* end(): Generator<DataFile> {
    if (part === undefined) return
    const [grid, words] = part.files(hash)
    yield* [grid, words]
    months.at(-1)?.parts.push([grid.hash, words.hash])
  }
  for (const item of items) {
    const isNext = months.at(-1)?.month !== item.month
    if (isNext || part?.count === PART) {
      yield* end()
      part = newPart(monthName(year, item.month), isNext ? 0 : (months.at(-1)?.parts.length ?? 0))
    }
    if (isNext) months.push({ month: item.month, items: 0, parts: [] })
    const month = months.at(-1)
    if (month !== undefined) month.items += 1
    part?.add(item)
    const { latitude, longitude } = item
    if (latitude !== undefined && longitude !== undefined) points.push({ ordinal: lines.length, latitude, longitude })
    ratios.push(ratioByte(item.width, item.height))
    lines.push(item.text.replaceAll('\n', ' '))
  }
  yield* end()
  const text = dataFile({ kind: 'text', year, lines: lines.join('\n') }, hash)
  yield text
  const places = points.length === 0 ? undefined : dataFile({ kind: 'points', year, points: base64(encodePoints(points)) }, hash)
  if (places !== undefined) yield places
  const entries = months.map(({ month, items: count, parts }): MonthEntry => [month, count, parts])
  const whole = { kind: 'year', year, months: entries, text: text.hash, points: places?.hash ?? '' } as const
  const file = dataFile({ ...whole, ratios: base64(Uint8Array.from(ratios)) }, hash)
  yield file
  return [year, lines.length, file.hash]
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

type Part = ReturnType<typeof newPart>

/** Returns a part of a month that fills up. */
function newPart(month: string, number: number) {
  const albums = new Map<string, number>()
  const items: GridItem[] = []
  const words: ItemWords[] = []
  return {
    get count(): number {
      return items.length
    },
    add(item: TimelineItem): void {
      const { albumKey, imageKey, md5, shows, width, height } = item
      const album = albums.get(albumKey) ?? albums.size
      albums.set(albumKey, album)
      items.push([album, imageKey, md5, item.name, shows, width, height])
      words.push(item.words)
    },
    files: (hash: HashText) =>
      [
        dataFile({ kind: 'month', month, part: number, albums: [...albums.keys()], items }, hash),
        dataFile({ kind: 'words', month, part: number, items: words }, hash),
      ] as const,
  }
}
