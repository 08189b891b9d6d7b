import { noTotals } from '../../model.ts'
import type { RunRow } from '../../vault/catalogue/rows.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import type { PastRun } from '../outcome.ts'
import { type ReadReport, readReport, summaryOf } from '../read-report.ts'
import type { FullRun, NamedItem } from './past-run.ts'

/** The most changes of each kind that are named; the report names all. */
const MOST_NAMED = 100_000

/** Returns a run in full, with its exceptions: from its report if that is still kept, else from the note in the catalogue. */
export async function fullRun(
  { storage }: Pick<Vault, 'storage'>,
  row: RunRow,
  run: PastRun,
): Promise<{ readonly full: FullRun; readonly problems: ReadReport['problems'] }> {
  const noted = summaryOf(row)
  const report = run.report === undefined ? 'none' : await reportAt(storage, run.report)
  const isRead = typeof report !== 'string'
  const { totals = noTotals, problems = [] } = isRead ? report : (noted ?? {})
  const named = (kind: 'vanished' | 'replaced'): readonly NamedItem[] => problems.filter((problem) => problem.kind === kind).map(itemOf)
  return {
    problems,
    full: {
      run,
      totals,
      changes: (isRead && report.changes) || {
        ...(run.changed === named('replaced').length && { changed: named('replaced') }),
        ...(run.went === named('vanished').length && { went: named('vanished') }),
        ...(run.came === 0 && { came: [] }),
        ...(run.moved === 0 && { moved: [] }),
      },
      reportState: isRead ? 'read' : report,
    },
  }
}

const itemOf = ({ album, name, imageKey }: NamedItem): NamedItem => ({
  ...(album !== undefined && { album }),
  ...(name !== undefined && { name }),
  ...(imageKey !== undefined && { imageKey }),
})

async function reportAt(storage: Vault['storage'], path: string): Promise<ReadReport | 'removed' | 'unreadable'> {
  try {
    if ((await storage.stat(path)) === undefined) return 'removed'
    return await readReport(storage, path, MOST_NAMED)
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    return 'unreadable'
  }
}
