/** Dates in words, the same on every machine: `24 July 2019` can be read in one way only. */

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
] as const

/** Returns a month as people write it: `July 2019`; `Undated` for year 0, the year alone for month 0. */
export function monthWords(year: number, month: number): string {
  if (year === 0) return 'Undated'
  const name = MONTHS[month - 1]
  return name === undefined ? String(year) : `${name} ${year}`
}

/** Returns a camera's time, such as `2019-07-24T22:41:03`, as people write it: `24 July 2019, 22:41`. Other texts stay as they are. */
export function timeWords(time: string): string {
  const [, year, month, day, clock] = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d))?/.exec(time) ?? []
  const name = MONTHS[Number(month) - 1]
  if (name === undefined) return time
  return `${Number(day)} ${name} ${year}${clock === undefined ? '' : `, ${clock}`}`
}

/** Does a word of a query, folded, name this month or year: `2019`, `2019-07`, `july`, `jul`? */
export function namesTime(word: string, { year, month }: { readonly year: number; readonly month: number }): boolean {
  if (year === 0) return word === 'undated'
  if (word === String(year) || word === `${year}-${String(month).padStart(2, '0')}`) return true
  const name = MONTHS[month - 1]?.toLowerCase()
  return name !== undefined && (word === name || word === name.slice(0, 3))
}
