import { formatNumber } from '../../events.ts'
import { CHANGES } from '../../model.ts'
import { layout } from '../../vault/layout.ts'
import type { Storage } from '../../vault/storage/storage.ts'
import type { Given } from '../outcome.ts'
import type { RestoreOutcome } from './outcome.ts'

/** A restore that has ended. */
export interface EndedRestore {
  readonly outcome: RestoreOutcome
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly given: Given
}

/** Writes the two files of a report into the vault. Returns the path without the extension. */
export async function writeRestoreReport(storage: Storage, ended: EndedRestore): Promise<string> {
  const at = `${layout.reports}/${new Date(ended.startedAt).toISOString().replaceAll(':', '-')}`
  let path = at
  for (let n = 2; (await storage.stat(`${path}.json`)) !== undefined; n += 1) path = `${at}-${n}`
  await storage.put(`${path}.json`, pieces(jsonOf(ended)))
  await storage.put(`${path}.txt`, pieces(pageOf(ended)))
  return path
}

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

function jsonOf({ outcome, startedAt, given }: EndedRestore): string {
  const selection = Object.keys(given).length === 0 ? {} : { selection: given }
  const report = {
    operation: 'restore',
    startedAt,
    ...selection,
    ...outcome,
    changes: Object.fromEntries(CHANGES.map((what) => [what, []])),
  }
  return `${JSON.stringify(report, undefined, 1)}\n`
}

function pageOf({ outcome, startedAt }: EndedRestore): string {
  const { message, hint, problems, albums } = outcome
  const lines = [`smugmug-backup report, ${new Date(startedAt).toISOString()}`, '', message, ...(hint === undefined ? [] : [hint]), '']
  if (problems.length > 0) {
    lines.push('Exceptions', '----------')
    for (const { kind, album, name, reason, detail } of problems) {
      lines.push(
        `${kind}: ${[album, name].filter(Boolean).join('/')}: ${reason}${detail === undefined || detail === '' ? '' : ` (${detail})`}`,
      )
    }
    lines.push('')
  }
  lines.push('Albums (items of the vault in it / listed by SmugMug / counted by SmugMug)', '')
  for (const { album, held, listed, counted } of albums) {
    lines.push(`${formatNumber(held).padStart(7)} / ${formatNumber(listed)} / ${formatNumber(counted)}  ${album}`)
  }
  return `${lines.join('\n')}\n`
}
