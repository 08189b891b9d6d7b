/** The runs of a year: a square a day, a column a week. */
import type { PastRun } from '../../operations/outcome.ts'
import { html, type Markup } from '../../twin/html.ts'

type Kind = 'none' | 'well' | 'proven' | 'some' | 'stopped'

const WORDS: Readonly<Record<Kind, string>> = {
  none: 'none',
  well: 'all well',
  proven: 'files read again',
  some: 'some failed',
  stopped: 'stopped',
}

const WEEKS = 53
/** Pixels from one square to the next. */
const STEP = 14
const [LEFT, TOP] = [34, 18]

const MONTH = new Intl.DateTimeFormat('en-GB', { month: 'short' })
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })

/** Returns the same text for two moments of one day, on the local clock. */
const dayOf = (at: number | Date): string => {
  const date = new Date(at)
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`
}

/** Returns the look of a day by its runs, the newest first. */
function kindOf(runs: readonly PastRun[]): Kind {
  const last = runs.find((run) => run.state !== 'under way')
  if (last === undefined) return 'none'
  if (last.exitCode === 3) return 'some'
  if (last.exitCode !== 0) return 'stopped'
  return runs.some((run) => run.operation === 'verify' && run.exitCode === 0) ? 'proven' : 'well'
}

/** Renders the calendar of the year up to now. */
export function calendar(runs: readonly PastRun[], now: number): Markup {
  const byDay = new Map<string, PastRun[]>()
  for (const run of runs) byDay.set(dayOf(run.startedAt), [...(byDay.get(dayOf(run.startedAt)) ?? []), run])
  const days = daysUntil(now)
  const kinds = days.map((day) => kindOf(byDay.get(dayOf(day)) ?? []))
  const active = kinds.filter((kind) => kind !== 'none').length
  const words = `${active} of ${days.length} days`
  return html`<section class="panel" aria-labelledby="runs"><div class="head"><h2 id="runs">Runs of a year</h2><p>${words}</p></div>
<div class="year" tabindex="0" role="group" aria-label="Calendar"><svg viewBox="0 0 ${LEFT + WEEKS * STEP} ${TOP + 7 * STEP}" role="img" aria-label="Runs on ${words}">${months(days)}${['Mon', 'Wed', 'Fri'].map((name, index) => html`<text x="0" y="${TOP + (index * 2 + 1) * STEP - 3}">${name}</text>`)}${days.map((day, index) => square(day, { index, kind: kinds[index] ?? 'none', first: weekday(days[0] ?? day) }))}</svg></div>
<ul class="legend">${(Object.keys(WORDS) as Kind[]).map((kind) => html`<li><span class="day-${kind}"></span>${WORDS[kind]}</li>`)}</ul></section>\n`
}

/** Returns 0 for Monday. */
const weekday = (day: Date): number => (day.getDay() + 6) % 7

/** Returns the days of the last 53 weeks, from a Monday on. */
function daysUntil(now: number): readonly Date[] {
  const today = new Date(now)
  const count = (WEEKS - 1) * 7 + weekday(today) + 1
  return Array.from({ length: count }, (_, n) => new Date(today.getFullYear(), today.getMonth(), today.getDate() - count + 1 + n))
}

function months(days: readonly Date[]): readonly Markup[] {
  return days.flatMap((day, index) =>
    day.getDate() === 1 ? [html`<text x="${LEFT + Math.floor(index / 7) * STEP}" y="11">${MONTH.format(day)}</text>`] : [],
  )
}

const square = (day: Date, { index, kind, first }: { readonly index: number; readonly kind: Kind; readonly first: number }): Markup =>
  html`<rect class="day-${kind}" x="${LEFT + Math.floor((index + first) / 7) * STEP}" y="${TOP + ((index + first) % 7) * STEP}" width="11" height="11" rx="2"><title>${DAY.format(day)}: ${WORDS[kind]}</title></rect>`
