import type { TaskKind, TaskView } from '../../service/tasks.ts'
import { el } from '../../twin/client/el.ts'
import type { Elsewhere, LiveNews, TasksAnswer } from '../contract.ts'
import { listen } from './news.ts'
import { GONE, post } from './send.ts'

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
  ['copy', 'Bring the copies up to date'],
  ['twin', 'Update the twin'],
]

const OPERATIONS: Readonly<Record<TaskKind, string>> = {
  backup: 'Backing up',
  'dry-run': 'Trying out, nothing is written',
  verify: 'Reading files again',
  copy: 'Bringing the copies up to date',
  prune: 'Forgetting the past, as the settings say',
  twin: 'Updating the twin',
  'look-ahead': 'Asking SmugMug what a backup would fetch',
}

/** Sends a wish to the server. Its effect comes with the news; a refusal is shown until the next wish is possible. */
async function wish(body: Readonly<Record<string, string | number>>): Promise<void> {
  put('run-trouble', '')
  const sent = await post<TasksAnswer>('api/tasks', body)
  // The next news take this sentence away again.
  if (sent === undefined) put('run-detail', GONE)
  else put('run-trouble', sent.answer.refused ?? '')
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
    host.replaceChildren(el('button', { type: 'button', onclick: () => void wish({ cancel: task.id }) }, label))
    return
  }
  if (elsewhere === undefined) put('run-trouble', '')
  const hasCopies = document.querySelector('main')?.hasAttribute('data-copies') === true
  const starts = STARTS.filter(([kind]) => kind !== 'copy' || hasCopies)
  host.replaceChildren(...starts.map(([kind, label]) => el('button', { type: 'button', onclick: () => void wish({ start: kind }) }, label)))
}

const FIGURES = ['progress', 'items', 'items-of', 'bytes', 'speed', 'left'] as const

function showFigures(texts: Readonly<Record<(typeof FIGURES)[number], string>>, done: number | undefined): void {
  for (const id of FIGURES) put(`run-${id}`, texts[id])
  const bar = place('run-bar')
  if (bar instanceof HTMLProgressElement) bar.value = done ?? 0
}

function show(view: TaskView | undefined, elsewhere: Elsewhere | undefined): void {
  document.querySelector('main')?.toggleAttribute('data-idle', view === undefined && elsewhere === undefined)
  buttons(view, elsewhere)
  if (elsewhere !== undefined) {
    put('run-status', elsewhere.texts.status)
    put('run-detail', elsewhere.texts.detail)
    showFigures(elsewhere.texts, elsewhere.done)
    for (const id of ['transfers', 'waits', 'outcomes', 'exceptions', 'log']) rows(`run-${id}`, [])
    return
  }
  if (view === undefined) {
    put('run-status', 'Nothing is running')
    put('run-detail', '')
    return
  }
  const { task, words } = view
  const isPlain = words.state === 'running' && task.state !== 'stopping'
  put('run-status', isPlain ? OPERATIONS[task.kind] : task.state === 'stopping' ? 'Finishing what is in flight' : words.texts.status)
  put('run-detail', task.state === 'ended' ? [task.message, task.hint].filter((text) => text !== undefined).join(' ') : words.texts.detail)
  showFigures(words.texts, words.done)
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

/** Returns the end of a run elsewhere, in words. */
const endOf = ({ operation = 'run', exitCode, message }: Extract<LiveNews, { kind: 'elsewhere' }>): string =>
  exitCode === undefined && message === undefined
    ? `The ${operation} that was started elsewhere has stopped before its end.`
    : `The ${operation} that was started elsewhere has ended: ${message ?? `exit code ${exitCode}`}`

/** Shows the run as it goes, for as long as the page is open. */
export function showRun(): void {
  let ended = ''
  let now: Extract<LiveNews, { kind: 'now' }> | undefined
  listen(
    (news) => {
      if (news.kind === 'elsewhere') ended = news.state === 'ended' ? endOf(news) : ''
      if (news.kind === 'task') ended = ''
      if (news.kind === 'now') now = news
      // Also for an end: it comes after the last numbers of its run.
      if (now === undefined || (news.kind !== 'now' && news.kind !== 'elsewhere')) return
      show(now.view, now.elsewhere)
      put('run-next', now.next ?? '')
      if (ended !== '' && now.elsewhere === undefined) {
        put('run-status', 'Nothing is running')
        put('run-detail', ended)
        put('run-progress', '')
      }
    },
    () => put('run-detail', GONE),
  )
}
