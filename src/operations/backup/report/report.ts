import { formatCount, formatNumber } from '../../../events.ts'
import { CHANGES, type ItemChange } from '../../../model.ts'
import { jsonPieces } from '../../../vault/record/json-pieces.ts'
import type { Given, Outcome } from '../../outcome.ts'
import { standingSentence } from '../../standing.ts'
import type { AlbumCount } from '../run/tally.ts'

/** The end of a run, with the content of the report file. */
export interface Report extends Outcome {
  readonly operation: string
  /** The run's number in this vault; absent for a dry run. */
  readonly run?: number
  readonly startedAt: number
  /** The options that restricted it to a part of the account; absent if it was of the whole. */
  readonly selection?: Given
  /** The class of the error that ended the run early. */
  readonly error?: string
  readonly dryRun: boolean
  readonly albums: readonly AlbumCount[]
  /** Files removed for good from the trash or the history, because their time in the settings was over. Sizes in bytes. */
  readonly removed: readonly { readonly path: string; readonly size: number }[]
  /** The held files, by grade. */
  readonly byGrade: Readonly<Record<string, { readonly files: number; readonly bytes: number }>>
  /** The report's path in the vault. */
  readonly path?: string
}

/** The changes of a run by name, in the order of albums. */
export interface Changes {
  each(what: ItemChange['what']): Iterable<ItemChange>
}

/** Renders the report as JSON, with one change on each line. */
export function* reportJson(report: Report, changes: Changes): Generator<string> {
  yield* jsonPieces(report)
  yield ',\n "changes": {'
  for (const [index, what] of CHANGES.entries()) {
    yield `${index === 0 ? '' : ','}\n  "${what}": [`
    let separator = '\n'
    for (const { what: _what, ...change } of changes.each(what)) {
      yield `${separator}   ${JSON.stringify(change)}`
      separator = ',\n'
    }
    yield separator === '\n' ? ']' : '\n  ]'
  }
  yield '\n }\n}\n'
}

/** Renders the report as a page of text. */
export function* reportPage(report: Report, changes: Changes): Generator<string> {
  const { totals: t } = report
  yield lines(
    `smugmug-backup report, ${new Date(report.startedAt).toISOString()}`,
    '',
    report.message,
    ...(report.hint === undefined ? [] : [report.hint]),
    '',
    `new ${t.stored}, adopted ${t.adopted}, copied ${t.copied}, moved ${t.moved}, replaced ${t.replaced}, unchanged ${t.kept}`,
    `failed ${t.failed}, impossible ${t.impossible}, pending ${t.pending}, vanished ${t.vanished}`,
    ...(report.standing === undefined ? [] : [`standing: ${standingSentence(report.standing)}`]),
    `held by grade: ${['original', 'rendition', 'fallback'].map((grade) => `${formatNumber(report.byGrade[grade]?.files ?? 0)} ${grade}`).join(', ')}`,
    '',
  )
  if (report.problems.length > 0) {
    yield heading('Exceptions')
    for (const p of report.problems) {
      const detail = p.detail === undefined ? '' : ` (${p.detail})`
      const place = [p.album, p.name].filter(Boolean).join('/')
      yield lines(`${[p.kind, place, p.reason].filter(Boolean).join(': ')}${detail}`)
    }
    yield '\n'
  }
  for (const what of CHANGES) yield* changeSection(what, changes)
  if (report.removed.length > 0) {
    yield heading('Removed for good')
    yield lines(...report.removed.map(({ path, size }) => `${path}  (${formatNumber(size)} bytes)`), '')
  }
  yield heading('Albums (held and proven / counted by SmugMug)')
  yield* albumSection(report.albums)
}

const lines = (...texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')

const heading = (text: string): string => lines(text, '-'.repeat(text.length))

const TITLES: Readonly<Record<ItemChange['what'], string>> = {
  came: 'Came',
  changed: 'Changed: replaced on SmugMug, the former bytes are in the history',
  moved: 'Moved',
  went: 'No longer on SmugMug',
}

/** Returns the fate of an item that went, without the words that stand above it. */
const fateOf = (note: string): string => note.replace(/^no longer on SmugMug; /, '')

/** The most names of an album in the text; the JSON has all of them. */
const MOST_NAMES = 20
/** Changes after which others have their turn: most of them are only counted, and make no text. */
const TURN = 500

/** Renders the changes of one kind: the names in each album on a line, as far as there are not too many. */
function* changeSection(what: ItemChange['what'], changes: Changes): Generator<string> {
  let album: { readonly path: string; count: number; unnamed: number; readonly names: string[] } | undefined
  function* end(): Generator<string> {
    if (album === undefined) return
    const { path, count, unnamed, names } = album
    const others = unnamed > 0 ? `, and ${formatNumber(unnamed)} more (the .json names them)` : ''
    yield lines(`${path} (${formatNumber(count)}): ${names.join(', ')}${others}`)
  }
  let seen = 0
  for (const { album: path, name, from, items, note } of changes.each(what)) {
    seen += 1
    if (seen % TURN === 0) yield ''
    if (album === undefined) yield heading(TITLES[what])
    if (album?.path !== path) {
      yield* end()
      album = { path, count: 0, unnamed: 0, names: [] }
    }
    album.count += items ?? 1
    const shown = name ?? 'the whole album'
    if (album.names.length === MOST_NAMES) album.unnamed += 1
    else album.names.push(`${shown}${from === undefined ? '' : ` (from ${from})`}${note === undefined ? '' : ` (${fateOf(note)})`}`)
  }
  yield* end()
  if (album !== undefined) yield '\n'
}

/** Renders a line for each album that was listed or is not whole; the others are summed up. */
function* albumSection(albums: readonly AlbumCount[]): Generator<string> {
  const isQuiet = ({ skipped, held, listed, counted }: AlbumCount): boolean => skipped && held === listed && held === (counted ?? held)
  for (const a of albums.filter((album) => !isQuiet(album)).toSorted((x, y) => (x.album < y.album ? -1 : 1))) {
    yield lines(`${String(a.held).padStart(6)} / ${String(a.counted ?? '?').padEnd(6)} ${a.album}${a.skipped ? '' : '  (listed)'}`)
  }
  const quiet = albums.filter(isQuiet)
  if (quiet.length > 0) {
    const items = quiet.reduce((sum, { held }) => sum + held, 0)
    yield lines(`${formatCount(quiet.length, 'album')} without a change, whole: ${formatCount(items, 'item')}`)
  }
}
