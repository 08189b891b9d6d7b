/** The last step of the set-up: the look ahead, and the start. */
import { formatBytes, formatCount, formatNumber } from '../../events.ts'
import { formatDuration } from '../../progress/format.ts'
import { BY_ITSELF } from '../../service/set-up/clock.ts'
import { lackingRoom, type Outlook, roomWords } from '../../service/set-up/outlook.ts'
import { html, type Markup } from '../../twin/html.ts'
import type { SetUpState } from '../contract.ts'

const start = (kind: 'backup' | 'look-ahead', words: string, isQuiet = false): Markup =>
  html`<button type="button"${isQuiet && html` class="quiet"`} data-start="${kind}">${words}</button>`

const buttons = (...all: readonly (Markup | undefined)[]): Markup =>
  html`<fieldset disabled><p class="trouble" role="alert"></p><div class="buttons">${all}</div></fieldset>`

/** Renders the step. */
export function lookStep({ look, folder, times }: SetUpState, isReady: boolean): Markup {
  if (!isReady) return html`<p class="lead">The steps above come first.</p>`
  if (look === undefined)
    return html`<p class="lead">SmugMug says how much there is. Nothing is downloaded.</p>${buttons(start('look-ahead', 'Look ahead'), start('backup', 'Back up now', true))}`
  if (look.state !== 'ended')
    return html`<p class="busy" role="status">Asking SmugMug how much there is…</p><p class="lead">Nothing is downloaded.</p>`
  const { outlook } = look
  if (outlook === undefined)
    return html`<p class="note bad" role="alert">${look.message} ${look.hint}</p>${buttons(start('look-ahead', 'Look again'), look.exitCode === 4 ? html`<a class="quiet" href="/setup.html?step=sign-in">Sign in again</a>` : undefined)}`
  const free = folder.look?.kind === 'usable' ? folder.look.disk.freeBytes : undefined
  const isTight = lackingRoom(outlook, free) > 0
  const room = roomWords(outlook, free)
  return html`${tiles(outlook, free)}
${room !== undefined && html`<p class="note ${isTight ? 'warn' : ''}"${isTight && html` role="alert"`}>${room} ${isTight && html`<a href="/setup.html?step=folder">Choose another folder</a>`}</p>`}
${outlook.held > 0 && html`<p class="lead">${formatNumber(outlook.held)} are held already.</p>`}
<p class="lead">You can stop it at any time: what has arrived stays, and the next run goes on from there.</p>
${buttons(start('backup', outlook.held === 0 ? 'Start the first backup' : 'Back up now'), start('look-ahead', 'Look again', true))}
${times.cron !== undefined && html`<details><summary>Backups by the clock</summary><p class="small">${BY_ITSELF}</p><p class="small">With cron in its place, add this line with <code>crontab -e</code>:</p><pre tabindex="0">${times.cron}</pre></details>`}`
}

function tiles(outlook: Outlook, free: number | undefined): Markup {
  const { items, albums, bytes, estimatedMs, isMeasured } = outlook
  const speed = isMeasured ? 'at the speed of the last backup' : 'at 50 Mbit/s'
  const all: readonly (readonly [value: string, words: string])[] = [
    [formatNumber(items), `to fetch, in ${formatCount(albums, 'album')}`],
    [bytes === undefined ? '?' : formatBytes(bytes), free === undefined ? 'in all' : `in all; ${formatBytes(free)} are free`],
    ...(estimatedMs === undefined || items === 0
      ? []
      : [[estimatedMs < 60_000 ? 'A minute' : formatDuration(estimatedMs), `about, ${speed}`] as const]),
  ]
  return html`<ul class="tiles">${all.map(([value, words]) => html`<li><b>${value}</b> <span>${words}</span></li>`)}</ul>`
}
