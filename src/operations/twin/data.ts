import { type IndexData, type ItemWords, picturePath, SHOWS, TWIN_FILES, TWIN_FORMAT, type YearEntry } from '../../twin/format.ts'
import type { ShownPicture } from '../../twin/shown.ts'
import { type DataFile, dataFile, type MonthFacts, monthFiles, type TimelineItem, yearFiles } from '../../twin/years.ts'
import type { Shown } from '../../vault/shown.ts'
import type { DataDate } from '../../vault/shown-dates.ts'
import type { DatedRow } from '../../vault/shown-rows.ts'
import type { TextFile } from '../../vault/text-file.ts'
import type { Showing, TwinRun } from './run.ts'

/** Writes the data files of the months and years that are out of date, and of the albums. Returns the index, to be written last, and the path of the albums' file. */
export async function writeData(run: TwinRun): Promise<{ readonly index: TextFile; readonly isChanged: boolean; readonly albums: string }> {
  const { dates } = run.shown
  dates.dropEmpty()
  const made = dates.writtenYears()
  let written = 0
  for (const year of dates.years()) {
    run.signal.throwIfAborted()
    if (!made.has(year)) written += await run.write(yearTexts(run, year))
  }
  const { albums, index } = indexFiles(run)
  written += await run.write([albums])
  return { index, isChanged: written > 0, albums: albums.path }
}

/** Makes the list of albums, and the index that leads to it and to the files of all written years. */
export function indexFiles({ shown, site, hash, file }: Showing): { readonly albums: TextFile; readonly index: TextFile } {
  const albums = dataFile({ kind: 'albums', albums: shown.albums().map(({ key, name, folder }) => [key, name, folder]) }, hash)
  const index: IndexData = {
    kind: 'index',
    format: TWIN_FORMAT,
    title: site.title,
    years: [...shown.dates.writtenYears()]
      .filter(([, { items }]) => items > 0)
      .map(([year, { items, hash: own }]): YearEntry => [year, items, own])
      .toSorted(newestFirst),
    albums: albums.hash,
  }
  const { path, script } = dataFile(index, hash)
  return { albums: file(`${TWIN_FILES}/${albums.path}`, albums.script), index: file(`${TWIN_FILES}/${path}`, script) }
}

const newestFirst = ([a]: YearEntry, [b]: YearEntry): number => (a === 0 ? 1 : b === 0 ? -1 : b - a)

/** Makes the files of a year that are out of date, one after the other: those of its months first. Notes each in the list. */
function* yearTexts(run: Showing, year: number): Generator<TextFile> {
  const { dates } = run.shown
  const made = dates.writtenMonths(year)
  const months: MonthFacts[] = []
  for (const month of dates.months(year)) months.push(made.get(month) ?? (yield* monthTexts(run, { year, month })))
  yield* yearTextsOf(run, year, months)
}

/** Makes the files of a month, and notes its facts. */
export function* monthTexts(run: Showing, date: Required<DataDate>): Generator<TextFile, MonthFacts> {
  const facts = yield* noted(run, date, monthFiles(date, timeline(run.shown, date), run.hash))
  run.shown.dates.putMonth(date.year, facts)
  return facts
}

/** Makes the files of a year that lead to those of its months. */
export function* yearTextsOf(run: Showing, year: number, months: readonly MonthFacts[]): Generator<TextFile> {
  const { dates } = run.shown
  dates.keepMonths(
    year,
    months.map(({ month }) => month),
  )
  dates.dropPaths({ year })
  const shown = months.filter(({ items }) => items > 0)
  const [, items, hash] = shown.length === 0 ? [year, 0, ''] : yield* noted(run, { year }, yearFiles(year, shown, run.hash))
  dates.putYear(year, { items, hash })
}

/** Makes files of a year or month, and notes their paths in place of those that it had. Returns the result of `files`. */
function* noted<Facts>({ shown, file }: Showing, date: DataDate, files: Generator<DataFile, Facts>): Generator<TextFile, Facts> {
  shown.dates.dropPaths(date)
  for (let next = files.next(); ; next = files.next()) {
    if (next.done === true) return next.value
    const path = `${TWIN_FILES}/${next.value.path}`
    shown.dates.putPath(date, path)
    yield file(path, next.value.script)
  }
}

function* timeline(shown: Shown, { year, month }: Required<DataDate>): Generator<TimelineItem> {
  for (const row of shown.ofMonth(year, month)) {
    const { albumKey, imageKey, md5, name, isVideo, latitude, longitude, text, words, picture } = row
    const has = picture === undefined || picture.kind === 'none' ? 0 : SHOWS[picture.kind]
    yield {
      albumKey,
      imageKey,
      md5,
      name,
      shows: has + (isVideo ? SHOWS.video : 0),
      ...shapeOf(picture, row),
      words: JSON.parse(words) as ItemWords,
      ...(latitude !== undefined && longitude !== undefined && { latitude, longitude }),
      text,
    }
  }
}

interface Shape {
  readonly width: number
  readonly height: number
}

/** Returns the size of an item as it is shown: that of its picture, because a camera's size may be that of a photo lying on its side. */
export function shapeOf(picture: DatedRow['picture'], { width, height }: Shape): Shape {
  const isTurned = picture !== undefined && picture.kind !== 'none' && picture.width > picture.height !== width > height
  if (width === 0)
    return picture === undefined || picture.kind === 'none' ? { width: 3, height: 2 } : { width: picture.width, height: picture.height }
  return isTurned ? { width: height, height: width } : { width, height }
}

/** Returns the picture of a file, with its path in the vault; undefined if there is none. */
export const pictureOf = (shown: Shown, md5: string): ShownPicture | undefined => placed(md5, md5 === '' ? undefined : shown.picture(md5))

/** Returns a file's picture, which was looked up already, with its path in the vault; undefined if there is none. */
export function placed(md5: string, picture: DatedRow['picture']): ShownPicture | undefined {
  if (picture === undefined || picture.kind === 'none') return undefined
  const path = picturePath(md5, SHOWS[picture.kind])
  return { path: `${TWIN_FILES}/${path}`, width: picture.width, height: picture.height }
}
