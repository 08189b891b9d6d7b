import { type IndexData, type ItemWords, picturePath, SHOWS, TWIN_FILES, TWIN_FORMAT, type YearEntry } from '../../twin/format.ts'
import type { ShownPicture } from '../../twin/shown.ts'
import { dataFile, type TimelineItem, yearFiles } from '../../twin/years.ts'
import type { Shown } from '../../vault/shown.ts'
import type { ShownRow } from '../../vault/shown-rows.ts'
import type { TextFile } from '../../vault/written-files.ts'
import type { Showing, TwinRun } from './run.ts'

/** Writes the data files of the years that are out of date, and of the albums. Returns the index, to be written last, and the path of the albums' file. */
export async function writeData(run: TwinRun): Promise<{ readonly index: TextFile; readonly isChanged: boolean; readonly albums: string }> {
  const { shown } = run
  const present = new Set(shown.years())
  const entries = new Map(shown.writtenYears())
  for (const year of shown.dataYears()) if (!present.has(year)) shown.removeYear(year)
  let written = 0
  for (const year of present) {
    run.signal.throwIfAborted()
    if (entries.has(year)) continue
    written += await run.write(yearTexts(run, year))
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
    years: [...shown.writtenYears()].map(([year, { items, hash: own }]): YearEntry => [year, items, own]).toSorted(newestFirst),
    albums: albums.hash,
  }
  const { path, script } = dataFile(index, hash)
  return { albums: file(`${TWIN_FILES}/${albums.path}`, albums.script), index: file(`${TWIN_FILES}/${path}`, script) }
}

const newestFirst = ([a]: YearEntry, [b]: YearEntry): number => (a === 0 ? 1 : b === 0 ? -1 : b - a)

/** Makes the files of a year one after the other, and notes their hash in the list. */
export function* yearTexts(run: Showing, year: number): Generator<TextFile> {
  const files = yearFiles(year, timeline(run.shown, year), run.hash)
  const paths: string[] = []
  for (let next = files.next(); ; next = files.next()) {
    if (next.done === true) {
      const [, items, hash] = next.value
      run.shown.putYear(year, { items, hash })
      run.shown.putData(year, paths)
      return
    }
    const path = `${TWIN_FILES}/${next.value.path}`
    paths.push(path)
    yield run.file(path, next.value.script)
  }
}

function* timeline(shown: Shown, year: number): Generator<TimelineItem> {
  for (const row of shown.ofYear(year)) {
    const { albumKey, imageKey, md5, name, isVideo, taken, latitude, longitude, text, words } = row
    const picture = shown.picture(md5)
    const has = picture === undefined || picture.kind === 'none' ? 0 : SHOWS[picture.kind]
    yield {
      albumKey,
      imageKey,
      md5,
      name,
      shows: has + (isVideo ? SHOWS.video : 0),
      ...shapeOf(shown, row),
      month: Number(taken.slice(5, 7)) || 0,
      words: JSON.parse(words) as ItemWords,
      ...(latitude !== undefined && longitude !== undefined && { latitude, longitude }),
      text,
    }
  }
}

/** Returns the size of an item as it is shown: that of its picture, because a camera's size may be that of a photo lying on its side. */
export function shapeOf(shown: Shown, { md5, width, height }: ShownRow): { readonly width: number; readonly height: number } {
  const picture = md5 === '' ? undefined : shown.picture(md5)
  const isTurned = picture !== undefined && picture.kind !== 'none' && picture.width > picture.height !== width > height
  if (width === 0) return picture === undefined || picture.kind === 'none' ? { width: 3, height: 2 } : picture
  return isTurned ? { width: height, height: width } : { width, height }
}

/** Returns the picture of a file, with its path in the vault; undefined if there is none. */
export function pictureOf(shown: Shown, md5: string): ShownPicture | undefined {
  const picture = md5 === '' ? undefined : shown.picture(md5)
  if (picture === undefined || picture.kind === 'none') return undefined
  const path = picturePath(md5, SHOWS[picture.kind])
  return { path: `${TWIN_FILES}/${path}`, width: picture.width, height: picture.height }
}
