/** The runs of a year: a square a day, a column a week. */
import { dayText, runDays } from '../../operations/history/days.ts'
import type { PastRun, RunDay } from '../../operations/outcome.ts'
import { html, type Markup } from '../../twin/html.ts'

type Kind = 'none' | RunDay['end']

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

/** Renders the calendar of the year up to now. */
export function calendar(runs: readonly PastRun[], now: number): Markup {
  const ends = new Map(runDays(runs).map(({ day, end }) => [day, end]))
  const days = daysUntil(now)
  const kinds = days.map((day): Kind => ends.get(dayText(day)) ?? 'none')
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
  return days.flatMap((day, index) => (day.getDate() === 1 ? [month(day, Math.floor(index / 7))] : []))
}

/** The name of a month stands above its first week; in the last week it would not fit, and ends where the calendar ends. */
const month = (day: Date, week: number): Markup =>
  week < WEEKS - 1
    ? html`<text x="${LEFT + week * STEP}" y="11">${MONTH.format(day)}</text>`
    : html`<text x="${LEFT + WEEKS * STEP}" y="11" text-anchor="end">${MONTH.format(day)}</text>`

const square = (day: Date, { index, kind, first }: { readonly index: number; readonly kind: Kind; readonly first: number }): Markup =>
  html`<rect class="day-${kind}" x="${LEFT + Math.floor((index + first) / 7) * STEP}" y="${TOP + ((index + first) % 7) * STEP}" width="11" height="11" rx="2"><title>${DAY.format(day)}: ${WORDS[kind]}</title></rect>`
