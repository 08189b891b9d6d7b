import { formatNumber } from '../../../events.ts'
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

/** Returns the report as a page of text. */
export function reportPage(report: Report): string {
  const { totals: t } = report
  const lines = [
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
  ]
  if (report.problems.length > 0) {
    lines.push('Exceptions', '----------')
    for (const p of report.problems) {
      const detail = p.detail === undefined ? '' : ` (${p.detail})`
      lines.push(`${p.kind}: ${[p.album, p.name].filter(Boolean).join('/')}: ${p.reason}${detail}`)
    }
    lines.push('')
  }
  if (report.removed.length > 0) {
    lines.push(
      'Removed for good',
      '----------------',
      ...report.removed.map(({ path, size }) => `${path}  (${formatNumber(size)} bytes)`),
      '',
    )
  }
  lines.push('Albums (held and proven / counted by SmugMug)', '---------------------------------------------')
  for (const a of report.albums.toSorted((x, y) => (x.album < y.album ? -1 : 1))) {
    lines.push(`${String(a.held).padStart(6)} / ${String(a.counted ?? '?').padEnd(6)} ${a.album}${a.skipped ? '' : '  (listed)'}`)
  }
  return `${lines.join('\n')}\n`
}
