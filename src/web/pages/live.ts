/** The page of the run that is under way. Without a script it shows the moment at which it was loaded. */

import type { TaskView } from '../../service/tasks.ts'
import { html, type Markup } from '../../twin/html.ts'
import { renderPage } from '../../twin/pages/shell.ts'
import type { Elsewhere } from '../contract.ts'

const FIGURES = [
  ['items', 'photos and videos'],
  ['bytes', 'received'],
  ['speed', 'now'],
  ['left', 'left, about'],
] as const

const TABLES = [
  ['transfers', 'On their way now'],
  ['waits', 'Waiting and trying again'],
  ['outcomes', 'What became of photos and videos'],
] as const

/** Renders the page. */
export function livePage({
  title,
  view,
  elsewhere,
  since,
  next,
  hasCopies,
}: {
  readonly title: string
  readonly view: TaskView | undefined
  readonly elsewhere: Elsewhere | undefined
  /** The number of the last news that the page knows. */
  readonly since: number
  /** The words about the next turn of a service. */
  readonly next: string | undefined
  /** Do the settings name further copies, which can be brought up to date from here? */
  readonly hasCopies: boolean
}): string {
  const words = elsewhere === undefined ? view?.words : undefined
  const texts = elsewhere?.texts ?? words?.texts
  const done = elsewhere === undefined ? words?.done : elsewhere.done
  const heading = texts?.status ?? 'Nothing is running'
  const body = html`<main class="page runs" id="main" data-live-run data-since="${since}"${texts === undefined && html` data-idle`}${hasCopies && html` data-copies`}>
<h1 id="run-status" aria-live="polite">${heading}</h1>
<p class="lead" id="run-detail">${texts?.detail}</p>
<p class="lead" id="run-next">${next}</p>
<p class="buttons" id="run-buttons" hidden></p>
<p class="trouble" id="run-trouble" role="alert"></p>
<noscript><p class="lead">This page shows the moment at which it was loaded, and starts nothing without JavaScript: run <code>smugmug-backup</code> for a backup.</p></noscript>
<progress id="run-bar" max="1" value="${done ?? 0}" aria-label="How much of the run is done"></progress>
<p id="run-progress">${texts?.progress}</p>
<ul class="tiles">${FIGURES.map(([id, label]) => html`<li><b id="run-${id}">${texts?.[id] ?? '–'}</b> <span id="run-${id}-of">${id === 'items' ? (texts?.['items-of'] ?? label) : label}</span></li>`)}</ul>
${TABLES.map(([id, label]) =>
  panel(
    `run-${id}`,
    label,
    (words?.tables[id] ?? []).map(({ cells }) => cells),
  ),
)}
${panel(
  'run-exceptions',
  'Exceptions',
  (elsewhere === undefined ? (view?.exceptions ?? []) : []).map(({ reason, album, count }) => [reason, album, String(count)]),
)}
${panel(
  'run-log',
  'Messages',
  (elsewhere === undefined ? (view?.log ?? []) : []).map((line) => [line]),
)}
</main>`
  return renderPage({ site: { title, isLive: true }, title: 'Runs', folder: '', view: 'live', body })
}

const panel = (id: string, label: string, rows: readonly (readonly string[])[]): Markup =>
  html`<section class="panel" aria-labelledby="${id}-head"><h2 id="${id}-head">${label}</h2><ul class="rows" id="${id}">${rows.map((cells) => html`<li>${cells.map((cell) => html`<span dir="auto">${cell}</span>`)}</li>`)}</ul></section>`
