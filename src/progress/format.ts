export { formatBytes } from '../events.ts'

import { formatBytes, formatNumber } from '../events.ts'

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Returns a part of an amount, both in the unit of the whole: `58.9 of 195 MB`. The part is rounded down. */
export const formatBytesOf = (done: number, total: number): string => {
  const unit = formatBytes(total)
    .replace(/.* /, '')
    .replace(/^byte$/, 'bytes')
  const scale = 1000 ** Math.max(0, UNITS.indexOf(unit))
  const shown = (value: number, round: (tenths: number) => number): string =>
    scale === 1
      ? formatNumber(value)
      : value / scale >= 99.95
        ? formatNumber(round(value / scale))
        : (round((value / scale) * 10) / 10).toFixed(1)
  return `${shown(Math.min(done, total), Math.floor)} of ${shown(total, Math.round)} ${unit}`
}

/** Returns the done part of a total in percent, rounded down: 100 means all. */
export const formatPercent = (done: number, total: number): string =>
  `${total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100))} %`

/** Returns a time that passes, in whole seconds: `28 s`, then as `formatDuration`. */
export const formatCountdown = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000))
  return seconds < 100 ? `${seconds} s` : formatDuration(seconds * 1000)
}

/** Returns a duration as `0.4 s`, `45 s`, `3 min`, `2 h 5 min`, `3 days 4 h`. */
export const formatDuration = (milliseconds: number): string => {
  const seconds = milliseconds / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (seconds < 99.5) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  const whole = Math.round(minutes / 60)
  return whole % 24 === 0 ? `${whole / 24} days` : `${Math.floor(whole / 24)} days ${whole % 24} h`
}

const two = (value: number): string => String(value).padStart(2, '0')

/** Returns a moment as `2026-11-23 14:03`, in the reader's own time zone. */
export const formatMoment = (at: number): string => {
  const time = new Date(at)
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`
}

/** Returns a moment as `14:03` if it is today, else with the date. */
export const formatClock = (at: number, now: number): string => {
  const [moment, today] = [formatMoment(at), formatMoment(now).slice(0, 10)]
  return moment.startsWith(today) ? moment.slice(11) : moment
}
