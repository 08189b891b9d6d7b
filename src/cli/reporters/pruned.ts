import type { Settings } from '../../config/settings.ts'
import { formatBytes, formatCount } from '../../events.ts'
import type { PruneOutcome } from '../../operations/past/outcome.ts'
import { formatDay } from '../../operations/past/words.ts'
import { pageOf } from './page.ts'

/** Returns for people what a prune keeps and forgets, and why. */
export function prunedText(
  { versions, places, forgotten, dryRun, refusal, message }: PruneOutcome,
  { settings, columns }: { readonly settings: Pick<Settings, 'keepVersions'>; readonly columns: number | undefined },
): string {
  const isReal = !dryRun && refusal === undefined
  const lines: string[] = []
  const width = Math.max(0, ...versions.map(({ run }) => String(run).length))
  if (versions.length > 0) lines.push(`Versions, by keep_versions = "${retentionText(settings.keepVersions)}":`)
  for (const { run, at, reasons } of versions) {
    const isForgotten = reasons.length === 0 && (!isReal || forgotten.includes(run))
    lines.push(
      `  ${isForgotten ? 'forget' : 'keep  '}  run ${String(run).padStart(width)}  ${formatDay(at)}  ${reasons.join(', ')}`.trimEnd(),
    )
  }
  for (const { place, days, due, removed } of places) {
    const files = isReal ? removed : due
    if (files.length === 0) continue
    const bytes = files.reduce((sum, { size }) => sum + size, 0)
    const what = `${formatCount(files.length, 'file')}, ${formatBytes(bytes)}, after ${formatCount(days, 'day')}`
    lines.push(...(lines.length > 0 ? [''] : []), `In the ${place}: ${what}:`, ...files.map(({ path }) => `  remove  ${path}`))
  }
  const all = [...lines, ...(lines.length > 0 ? [''] : []), message]
  return pageOf(all, columns)
}

function retentionText(kept: Settings['keepVersions']): string {
  if (kept === 'forever') return kept
  const parts = [`${kept.days}d`, `${kept.weeks}w`, `${kept.months}m`, `${kept.years}y`]
  return parts.filter((part) => !part.startsWith('0')).join(' ')
}
