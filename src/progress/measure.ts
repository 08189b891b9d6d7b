import { type Event, formatNumber } from '../events.ts'
import { formatBytes, formatBytesOf, formatCountdown, formatPercent } from './format.ts'

/** The progress of a run, or of a part of it: how much of how much. */
export interface Measure {
  readonly done: number
  /** Never below `done`. Absent: unknown. */
  readonly total?: number
  readonly unit: Extract<Event, { event: 'progress' }>['unit']
  /** The total is a lower bound: some sizes are unknown. */
  readonly isLeast?: true
}

/** Returns the finished part, from 0 to 1; undefined where the total is unknown or only a lower bound. */
export const shareOf = ({ done, total, isLeast }: Measure): number | undefined =>
  total === undefined || isLeast === true || total <= 0 || done > total ? undefined : done / total

/** Returns `58.9 of 195 MB (30 %)`, `58.9 of at least 195 MB`, `12 of 340 albums (3 %)`, or only the count where the total is unknown. */
export const measureText = (measure: Measure): string => {
  const { done, total, unit, isLeast } = measure
  if (total === undefined || total < done) return countText(measure)
  const of = unit === 'bytes' ? formatBytesOf(done, total) : `${formatNumber(done)} of ${formatNumber(total)} ${unit}`
  return isLeast === true ? of.replace(' of ', ' of at least ') : `${of} (${formatPercent(done, total)})`
}

/** Returns `30 %`, or only the count where the total is unknown. */
export const shortMeasure = (measure: Measure): string =>
  shareOf(measure) === undefined ? countText(measure) : formatPercent(measure.done, measure.total ?? 0)

/** Returns `58.9 MB`, `12 albums`. */
export const countText = ({ done, unit }: Measure): string => (unit === 'bytes' ? formatBytes(done) : `${formatNumber(done)} ${unit}`)

/** Returns an estimated time, `33 s left`: in whole seconds, and never less than one, because nobody asks when nothing is left. */
export const timeLeftText = (milliseconds: number): string => `${leftText(milliseconds)} left`

/** Returns the same without the last word. */
export const leftText = (milliseconds: number): string => formatCountdown(Math.max(1000, milliseconds))
