import type { TaskKind, TaskView } from '../../service/tasks.ts'
import { el } from '../../twin/client/el.ts'
import type { Elsewhere, LiveNews } from '../contract.ts'

const place = (id: string): HTMLElement | null => document.getElementById(id)

/** Puts a text into an element. Nothing is drawn anew for a text that stands there already. */
const put = (id: string, text: string): void => {
  const element = place(id)
  if (element !== null && element.textContent !== text) element.textContent = text
}

const rows = (id: string, all: readonly (readonly string[])[]): void => {
  const list = place(id)
  if (list === null || list.dataset.rows === JSON.stringify(all)) return
  list.dataset.rows = JSON.stringify(all)
  list.replaceChildren(...all.map((cells) => el('li', {}, ...cells.map((cell) => el('span', { dir: 'auto' }, cell)))))
}

const STARTS: readonly (readonly [kind: TaskKind, label: string])[] = [
  ['backup', 'Back up now'],
  ['dry-run', 'Try out, write nothing'],
  ['verify', 'Read every file again'],
  ['twin', 'Update the twin'],
]

const OPERATIONS: Readonly<Record<TaskKind, string>> = {
  backup: 'Backing up',
  'dry-run': 'Trying out, nothing is written',
  verify: 'Reading every file again',
  twin: 'Updating the twin',
}

/** Sends a wish to the server. Its answer comes with the news. */
const wish = (body: Readonly<Record<string, string | number>>): void => {
  void fetch('api/tasks', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
}

let drawn = ''

function buttons(view: TaskView | undefined, elsewhere: Elsewhere | undefined): void {
  const host = place('run-buttons')
  const state = JSON.stringify([view?.task.id, view?.task.state, elsewhere === undefined])
  if (host === null || state === drawn) return
  drawn = state
  const task = view?.task
  host.hidden = elsewhere !== undefined
  if (task !== undefined && task.state !== 'ended') {
    const label = task.state === 'stopping' ? 'Stop now' : 'Stop'
    host.replaceChildren(el('button', { type: 'button', onclick: () => wish({ cancel: task.id }) }, label))
    return
  }
  host.replaceChildren(...STARTS.map(([kind, label]) => el('button', { type: 'button', onclick: () => wish({ start: kind }) }, label)))
}

function show(view: TaskView | undefined, elsewhere: Elsewhere | undefined): void {
  buttons(view, elsewhere)
  if (elsewhere !== undefined) {
    put('run-status', `A ${elsewhere.operation ?? 'run'} is under way, started elsewhere`)
    put(
      'run-detail',
      elsewhere.since === undefined
        ? ''
        : `Since ${new Date(elsewhere.since).toLocaleString()}. Its numbers are at the terminal or log that it was started from.`,
    )
    return
  }
  if (view === undefined) {
    put('run-status', 'Nothing is running')
    return
  }
  const { task, words } = view
  const isPlain = words.state === 'running' && task.state !== 'stopping'
  put('run-status', isPlain ? OPERATIONS[task.kind] : task.state === 'stopping' ? 'Finishing what is in flight' : words.texts.status)
  put('run-detail', task.state === 'ended' ? [task.message, task.hint].filter((text) => text !== undefined).join(' ') : words.texts.detail)
  for (const id of ['items', 'items-of', 'bytes', 'speed', 'left'] as const) put(`run-${id}`, words.texts[id])
  const bar = place('run-bar')
  if (bar instanceof HTMLProgressElement) bar.value = words.done ?? 0
  for (const id of ['transfers', 'waits', 'outcomes'] as const)
    rows(
      `run-${id}`,
      words.tables[id].map(({ cells }) => cells),
    )
  rows(
    'run-exceptions',
    view.exceptions.map(({ reason, album, count, names }) => [
      reason,
      album,
      count === 1 ? (names[0] ?? '') : `${count}: ${names.join(', ')}${count > names.length ? '…' : ''}`,
    ]),
  )
  rows(
    'run-log',
    view.log.map((line) => [line]),
  )
}

/** Shows the run as it goes, for as long as the page is open. */
export function showRun(): void {
  const source = new EventSource('api/events')
  source.onmessage = ({ data }: MessageEvent<string>) => {
    const news = JSON.parse(data) as LiveNews
    if (news.kind === 'now') show(news.view, news.elsewhere)
  }
  source.onerror = () => put('run-detail', 'The program does not answer: it has ended, or this computer slept.')
}
