import { dayText } from '../../operations/history/days.ts'
import type { RunDay } from '../../operations/outcome.ts'

/** The mark of a day, and its meaning; letters that every terminal and every screen reader has. */
const MARKS: Readonly<Record<RunDay['end'] | 'none', readonly [string, string]>> = {
  well: ['+', 'well'],
  proven: ['*', 'well, files read again'],
  some: ['!', 'not whole'],
  stopped: ['x', 'stopped'],
  none: ['.', 'no run'],
}

const MONTHS = 3
/** The columns of the months' names and of 31 days. */
const WIDTH = 41

/**
 * Returns the calendar of runs: this month and the two before as far as there were runs, a line a month, a mark a day. Nothing for a vault that has
 * seen one day only, or on a terminal that is too narrow.
 */
export function calendarLines(
  days: readonly RunDay[],
  { now, columns }: { readonly now: number; readonly columns: number | undefined },
): readonly string[] {
  const first = days.at(-1)?.day
  if (first === undefined || days.length < 2 || (columns !== undefined && columns < WIDTH)) return []
  const ends = new Map(days.map(({ day, end }) => [day, end]))
  const [today, lastDay] = [new Date(now), dayText(now)]
  const seen = new Set<keyof typeof MARKS>()
  const lines: string[] = []
  for (let back = MONTHS - 1; back >= 0; back -= 1) {
    const month = new Date(today.getFullYear(), today.getMonth() - back, 1)
    const name = dayText(month).slice(0, 7)
    if (name < first.slice(0, 7)) continue
    const marks = Array.from({ length: daysIn(month) }, (_, n) => {
      const day = dayText(new Date(month.getFullYear(), month.getMonth(), n + 1))
      if (day < first || (day > lastDay && !ends.has(day))) return ' '
      const end = ends.get(day) ?? 'none'
      seen.add(end)
      return MARKS[end][0]
    })
    lines.push(`${name}   ${marks.join('')}`.trimEnd())
  }
  const legend = Object.entries(MARKS).flatMap(([end, [mark, words]]) => (seen.has(end as keyof typeof MARKS) ? [`${mark} ${words}`] : []))
  return ['Day       1   5    10   15   20   25   30', ...lines, `          ${legend.join('   ')}`]
}

const daysIn = (month: Date): number => new Date(month.getFullYear(), month.getMonth() + 1, 0).getDate()
