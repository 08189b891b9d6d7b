import {
  type DataPlace,
  dataPath,
  dataScript,
  encodePoints,
  type GridItem,
  type ItemWords,
  type MonthEntry,
  monthName,
  movePoints,
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

/** The part of a year's file that a month stands for. It is kept, because one changed photo is no reason to read a whole year. */
export interface MonthFacts {
  /** 1 to 12; 0 if it is not known. */
  readonly month: number
  readonly items: number
  readonly parts: readonly PartEntry[]
  /** A byte an item: see `ratioByte`. */
  readonly ratios: Uint8Array
  /** The places of the items, by their number within the month: see `encodePoints`. */
  readonly points: Uint8Array
}

/** Yields the data files of a month from its items, newest first: each part as it fills. Returns the facts for its year's file. */
export function* monthFiles(
  { year, month }: { readonly year: number; readonly month: number },
  items: Iterable<TimelineItem>,
  hash: HashText,
): Generator<DataFile, MonthFacts> {
  const name = monthName(year, month)
  const parts: PartEntry[] = []
  const ratios: number[] = []
  const points: Point[] = []
  let part = newPart(name, 0)
  function* end(): Generator<DataFile> {
    if (part.count === 0) return
    const files = part.files(hash)
    yield* files
    parts.push([files[0].hash, files[1].hash, files[2].hash])
  }
  for (const item of items) {
    if (part.count === PART) {
      yield* end()
      part = newPart(name, parts.length)
    }
    part.add(item)
    const { latitude, longitude } = item
    if (latitude !== undefined && longitude !== undefined) points.push({ ordinal: ratios.length, latitude, longitude })
    ratios.push(ratioByte(item.width, item.height))
  }
  yield* end()
  return { month, items: ratios.length, parts, ratios: Uint8Array.from(ratios), points: encodePoints(points) }
}

/** Yields the files of a year that lead to those of its months, newest first. Returns the year's entry in the index. */
export function* yearFiles(year: number, months: readonly MonthFacts[], hash: HashText): Generator<DataFile, YearEntry> {
  let count = 0
  const points = months.map((month) => {
    count += month.items
    return movePoints(month.points, count - month.items)
  })
  const packed = base64(Buffer.concat(points))
  const places = packed === '' ? undefined : dataFile({ kind: 'points', year, points: packed }, hash)
  if (places !== undefined) yield places
  const entries = months.map(({ month, items, parts }): MonthEntry => [month, items, parts])
  const ratios = base64(Buffer.concat(months.map((month) => month.ratios)))
  const file = dataFile({ kind: 'year', year, months: entries, points: places?.hash ?? '', ratios }, hash)
  yield file
  return [year, count, file.hash]
}

const base64 = (bytes: Buffer): string => bytes.toString('base64')

/** Returns a part of a month that fills up. */
function newPart(month: string, number: number) {
  const albums = new Map<string, number>()
  const items: GridItem[] = []
  const words: ItemWords[] = []
  const lines: string[] = []
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
      lines.push(item.text.replaceAll('\n', ' '))
    },
    files: (hash: HashText) =>
      [
        dataFile({ kind: 'month', month, part: number, albums: [...albums.keys()], items }, hash),
        dataFile({ kind: 'words', month, part: number, items: words }, hash),
        dataFile({ kind: 'text', month, part: number, lines: lines.join('\n') }, hash),
      ] as const,
  }
}
