import type { Emit } from '../events.ts'
import type { Catalogue } from '../vault/catalogue/catalogue.ts'
import { layout } from '../vault/layout.ts'
import { RecordError } from '../vault/record/read-json.ts'
import { type Storage, StorageError } from '../vault/storage/storage.ts'
import { readVersions } from '../vault/versions/version-file.ts'
import { VersionError } from '../vault/versions/version-text.ts'
import { readReport, summaryText } from './read-report.ts'
import type { StateRun } from './state.ts'

/** The vault whose earlier runs go into a new catalogue. */
export interface EarlierRuns {
  readonly storage: Storage
  readonly catalogue: Catalogue
  /** The names of the reports that there are. */
  readonly reports: readonly string[]
  /** The runs that the state names because they wrote no report. */
  readonly withoutReport: readonly StateRun[]
  readonly emit: Emit
}

/** An earlier run; one whose report is of old has the number 0. */
interface EarlierRun {
  readonly run: number
  readonly startedAt: number
  readonly operation: string
  /** Absent for a run of which only the file of its changes is left. */
  readonly end?: { readonly finishedAt: number; readonly exitCode: number; readonly summary: string }
}

/**
 * Puts the earlier runs into the catalogue, oldest first: those with a report, those that the state names, and those of which only the file of their
 * changes is left, so that their numbers and days can still be checked out.
 */
export async function takeRuns(job: EarlierRuns): Promise<void> {
  const known = [...(await reported(job)), ...job.withoutReport.map(ended)]
  const numbers = new Set(known.map(({ run }) => run))
  const others = (await changed(job)).filter(({ run }) => !numbers.has(run))
  for (const { run, startedAt, operation, end } of [...known, ...others].toSorted((a, b) => a.run - b.run || a.startedAt - b.startedAt)) {
    const id = job.catalogue.runs.begin(operation, startedAt, run)
    if (end !== undefined) job.catalogue.runs.end(id, end)
  }
}

const ended = ({ run, operation, startedAt, finishedAt, exitCode, ...end }: StateRun): EarlierRun => ({
  ...{ run, operation, startedAt },
  end: { finishedAt, exitCode, summary: summaryText(end) },
})

async function reported({ storage, reports, emit }: EarlierRuns): Promise<readonly EarlierRun[]> {
  const runs: EarlierRun[] = []
  for (const name of reports.toSorted()) {
    const path = `${layout.reports}/${name}`
    try {
      const { run = 0, operation, startedAt, exitCode, ...report } = await readReport(storage, path, 0)
      const end = { finishedAt: startedAt + report.totals.durationMs, exitCode, summary: summaryText({ ...report, path }) }
      runs.push({ run, operation, startedAt, end })
    } catch (error) {
      if (!(error instanceof RecordError || error instanceof StorageError)) throw error
      emit({ event: 'warning', message: `The report ${name} cannot be read (${error.message}); it is left out.` })
    }
  }
  return runs
}

async function changed({ storage, emit }: EarlierRuns): Promise<readonly EarlierRun[]> {
  try {
    const { versions } = await readVersions(storage)
    return versions.map(({ run, at }) => ({ run, startedAt: at, operation: 'backup' }))
  } catch (error) {
    if (!(error instanceof VersionError || error instanceof StorageError)) throw error
    emit({ event: 'warning', message: `A file of the past cannot be read (${error.message}); runs that only it names are left out.` })
    return []
  }
}
