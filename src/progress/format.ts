import { formatCount } from '../events.ts'

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Returns a size as `0 bytes`, `999 bytes`, `1.2 kB`, `12.3 GB`: in decimal units, as disks are sold. */
export const formatBytes = (bytes: number): string => {
  let value = bytes
  let unit = 0
  // 999.95 would print as 1000.0 of the smaller unit.
  while (unit < UNITS.length - 1 && value >= (unit === 0 ? 1000 : 999.95)) {
    value /= 1000
    unit++
  }
  return unit === 0 ? formatCount(value, 'byte') : `${value.toFixed(1)} ${UNITS[unit]}`
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
