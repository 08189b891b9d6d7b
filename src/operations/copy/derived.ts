import { ALBUM_RECORD, inFolder, layout, splitPath } from '../../vault/layout.ts'
import { standingOf, streamOwn } from '../../vault/record/own-files.ts'
import { NEWEST_VERSION } from '../../vault/versions/chain.ts'
import { isCsvElsewhere, sumsOf, writeCsv, writeReadme } from '../derived-files.ts'
import { plain, prefixed } from '../plain.ts'
import { writeState } from '../state.ts'
import type { Survey } from '../survey.ts'
import type { OtherPast } from './other-past.ts'
import { leaveRecords } from './rows.ts'
import { type CopyRun, refuse, unlessRefused } from './run.ts'

/** The notes of the first vault that its copy has, too. Its proof, its generation and its identity are its own. */
const NOTES = ['account', 'manner', 'extras', 'tree.readAt', 'look', 'smaller', NEWEST_VERSION] as const

/** The reason for rows that `metadata.csv` lacks. */
const NO_ROWS = 'it cannot be read in the copy, whose metadata.csv lacks its photos; the next copying tries again'

/** Writes the files of the copy that derive from its own catalogue: checksums, `metadata.csv`, `README.txt`, the state for `rebuild`. */
export async function writeCopyFiles(run: CopyRun, survey: Survey, other: OtherPast | undefined): Promise<void> {
  const { from, to, rules, tally, isBraked, signal } = run
  // The past is whole once the records are there from which it leads back.
  const hasWords = !isBraked && !signal.aborted && (tally.failed === 0 || hasRecords(run))
  if (!isBraked) {
    for (const note of NOTES)
      if ((hasWords || note !== NEWEST_VERSION) && to.catalogue.meta(note) !== from.catalogue.meta(note))
        to.catalogue.setMeta(note, from.catalogue.meta(note))
    if (!signal.aborted)
      await leaveRecords(
        run,
        survey.strayRecords.map((path) => splitPath(path).folder),
      )
  }
  // The copy is not as it was after runs whose records did not come.
  if (hasWords) mirrorRuns(run, other)
  const came = tally.stored + tally.adopted + tally.copied + tally.moved + tally.replaced + tally.departed + tally.failed + tally.records
  const isChanged = came > 0 || survey.missing + survey.damaged > 0 || to.catalogue.meta('derived') !== 'current'
  const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
    ...(
      [
        ['md5sums', 'md5'],
        ['sha256sums', 'sha256'],
      ] as const
    ).map(
      ([file, hash]) =>
        [
          layout[file],
          async () => {
            const entry = await to.storage.stat(layout[file])
            if (isChanged || entry === undefined || (await standingOf(to, layout[file], { entry })) !== 'written')
              await streamOwn(to, layout[file], sumsOf(to, hash))
          },
        ] as const,
    ),
    [
      layout.metadataCsv,
      async () => {
        // Records that were to come after an interruption are no trouble.
        if (rules.writeCsv && !signal.aborted && (isChanged || !survey.hasCsv || isCsvElsewhere(to)))
          await writeCsv(to, ({ name = layout.metadataCsv, detail }) =>
            refuse(run, name, { reason: NO_ROWS, ...(detail !== undefined && { detail }) }),
          )
      },
    ],
    [layout.readme, () => writeReadme(to.storage)],
    [layout.state, () => writeState(to, { isChanged })],
  ]
  const before = tally.failed
  for (const [name, step] of steps)
    await unlessRefused(step, (error) => refuse(run, name, prefixed('it could not be written in the copy', plain(error))))
  to.catalogue.setMeta('derived', tally.failed === before && !signal.aborted ? 'current' : 'stale')
  to.catalogue.flush()
}

/**
 * Gives the copy the runs of the first vault: its past is the same, and its numbers go on from there once it is the destination. Others are forgotten,
 * as far as the files of the past say the same. See: [Note: another past]
 */
function mirrorRuns({ from, to }: CopyRun, other: OtherPast | undefined): void {
  for (const { id, startedAt } of other === undefined ? [] : to.catalogue.runs.ofAccount(other.since - 1))
    if (from.catalogue.runs.get(id)?.startedAt !== startedAt) to.catalogue.runs.forget(id)
  for (const row of from.catalogue.runs.recent(ALL)) {
    const own = to.catalogue.runs.get(row.id)
    if (own?.startedAt === row.startedAt && own.finishedAt === row.finishedAt) continue
    if (row.finishedAt !== undefined) to.catalogue.runs.mirror(row)
  }
}

/** Has the copy the records of the first vault? */
function hasRecords({ from, to }: CopyRun): boolean {
  const records = from.catalogue.albums().map(({ folder }) => inFolder(folder, ALBUM_RECORD))
  return [layout.tree, ...records].every((path) => {
    const first = from.catalogue.records.get(path)
    return first === undefined || to.catalogue.records.get(path)?.sha256 === first.sha256
  })
}

/** More runs than any vault has: one every minute for years. */
const ALL = 10_000_000
