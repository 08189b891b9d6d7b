import type { Retention } from '../model.ts'
import type { Kind } from './kinds.ts'

const UNITS = { d: 'days', w: 'weeks', m: 'months', y: 'years' } as const

/** `forever`, or numbers with their units, such as `7d 5w 12m 10y`. */
export const retention: Kind<Retention> = {
  takes: '"forever", or how many days, weeks, months and years, such as "7d 5w 12m 10y"',
  read: (raw) => {
    if (isRead(raw)) return raw
    if (typeof raw !== 'string') return undefined
    const text = raw.trim().toLowerCase()
    if (text === 'forever') return 'forever'
    const kept = { days: 0, weeks: 0, months: 0, years: 0 }
    const given = new Set<string>()
    for (const part of text.split(/[\s,]+/)) {
      const [, count, unit = ''] = /^(\d{1,5})([dwmy])$/.exec(part) ?? []
      if (count === undefined || given.has(unit)) return undefined
      given.add(unit)
      kept[UNITS[unit as keyof typeof UNITS]] = Number(count)
    }
    return Object.values(kept).some((count) => count > 0) ? kept : undefined
  },
}

/** Is this a value that was read before? The settings of an open account are read again with those of an operation. */
function isRead(raw: unknown): raw is Exclude<Retention, 'forever'> {
  if (typeof raw !== 'object' || raw === null) return false
  const names = Object.keys(raw)
  const counts: readonly unknown[] = Object.values(raw)
  return (
    names.toSorted().join() === 'days,months,weeks,years' &&
    counts.every((count) => Number.isSafeInteger(count) && Number(count) >= 0) &&
    counts.some((count) => count !== 0)
  )
}
