/**
 * The page of `--stats`: one text, complete in itself. Its script puts each of the words that it is sent (`words.ts`) into the element of
 * that `id`, as text and never as markup: names come from SmugMug.
 */
import { createHash } from 'node:crypto'
import { SPEEDS } from '../../progress/counters.ts'

const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f5f4f0; --card: #fff; --ink: #1c1e21; --soft: #666b73; --line: #e3e1da;
  --good: #2c7a4b; --waiting: #96600a; --bad: #b3261e; --now: var(--good);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131518; --card: #1c1f23; --ink: #eceae5; --soft: #979da6; --line: #2d3137;
    --good: #6fca95; --waiting: #e5b454; --bad: #f2877f;
  }
}
[data-state=waiting], [data-state=warning] { --now: var(--waiting) }
[data-state=bad], [data-state=gone] { --now: var(--bad) }
* { box-sizing: border-box; margin: 0 }
body { background: var(--paper); color: var(--ink); font: 1rem/1.45 system-ui, sans-serif; padding: 2rem 1rem 3rem }
main, header, footer { max-width: 64rem; margin: 0 auto }
header p, footer { color: var(--soft) }
#account:not(:empty)::before { content: '· ' }
h1 { color: var(--now); font-size: clamp(1.6rem, 4vw, 2.3rem); font-weight: 650; line-height: 1.2 }
#detail { min-height: 1.45em; overflow-wrap: anywhere }
#gone { display: none; color: var(--ink); border-left: 3px solid var(--now); margin-top: .6rem; padding-left: .7rem }
[data-state=gone] #gone { display: block }
[data-state=gone] #detail { display: none }
progress { appearance: none; display: block; width: 100%; height: .55rem; margin: 1rem 0 .5rem; border: 0; border-radius: 1rem; background: var(--line); overflow: hidden }
progress::-webkit-progress-bar { background: var(--line) }
progress::-webkit-progress-value { background: var(--now); border-radius: 1rem }
progress::-moz-progress-bar { background: var(--now); border-radius: 1rem }
#progress { min-height: 1.45em; margin-bottom: 1.2rem; font-variant-numeric: tabular-nums }
progress[hidden] { display: block; visibility: hidden }
.figures { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1rem 1.5rem; margin-bottom: 1.4rem }
.figures div { display: flex; flex-direction: column-reverse; justify-content: flex-end }
dd { font-size: clamp(1.35rem, 5.2vw, 3rem); font-weight: 600; line-height: 1.15; letter-spacing: -.015em; white-space: nowrap; font-variant-numeric: tabular-nums }
dt, h2 { color: var(--soft) }
section { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; padding: .9rem 1.1rem 1rem; min-width: 0 }
.cards, .column { display: grid; gap: 1rem; align-content: start; min-width: 0 }
.cards { grid-template-columns: 1fr 1fr; margin-top: 1rem }
h2 { font-size: .95rem; font-weight: 600; margin-bottom: .35rem; display: flex; justify-content: space-between; gap: 1rem }
h2 span { font-weight: 400 }
svg { display: block; width: 100%; height: 6.5rem }
polygon { fill: var(--now); opacity: .16 }
polyline { fill: none; stroke: var(--now); stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round }
.ends { display: flex; justify-content: space-between; color: var(--soft); font-size: .85rem; border-top: 1px solid var(--line); padding-top: .25rem }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
th { font-weight: 400; text-align: left }
th, td { padding: .28rem 0; vertical-align: baseline; overflow-wrap: break-word }
[colspan], #transfers * { overflow-wrap: anywhere }
td { padding-left: 1rem; text-align: right }
tr + tr > * { border-top: 1px solid var(--line) }
.bad > * { color: var(--bad) }
td { white-space: nowrap }
#calls td:nth-child(2) { color: var(--soft); white-space: normal }
#transfers { display: block }
#transfers tr { display: grid; grid-template-columns: minmax(0, 1fr) auto; padding: .25rem 0 .35rem }
#transfers tr > * { border: 0; padding: 0 }
#transfers td:nth-child(2) { grid-area: 2 / 1 / 3 / 3; color: var(--soft); font-size: .85rem; text-align: left; white-space: normal }
#transfers td:nth-child(3) { grid-area: 1 / 2; padding-left: 1rem }
#transfers tr[style]::after { content: ''; grid-area: 3 / 1 / 4 / 3; height: 3px; margin-top: .3rem; border-radius: 3px; background: linear-gradient(to right, var(--now) var(--done), var(--line) var(--done)) }
@media (max-width: 46rem) {
  .cards { grid-template-columns: minmax(0, 1fr) }
  .figures { grid-template-columns: repeat(2, 1fr) }
  dd { font-size: clamp(1.35rem, 7vw, 2.6rem) }
  #queue td, #waits td { white-space: normal }
}
footer { font-size: .85rem; margin-top: 1.4rem }
a { color: inherit }
`

const SCRIPT = `
'use strict'
const place = (id) => document.getElementById(id)
const cell = (tag, text) => {
  const made = document.createElement(tag)
  made.textContent = text
  return made
}
const rowOf = ({ cells: [head, ...rest], done, tone }) => {
  const row = document.createElement('tr')
  const first = cell('th', head)
  first.scope = 'row'
  if (rest.length === 0) first.colSpan = 3
  row.append(first, ...rest.map((text) => cell('td', text)))
  if (tone !== undefined) row.className = tone
  if (done !== undefined) row.style.setProperty('--done', done * 100 + '%')
  return row
}
const draw = (speeds) => {
  const most = Math.max(1, ...speeds)
  const first = ${SPEEDS.most} - speeds.length
  const points = speeds.map((speed, n) => first + n + ',' + (40 - 38 * speed / most).toFixed(2))
  place('line').setAttribute('points', points.join(' '))
  place('area').setAttribute('points', points.length === 0 ? '' : [first + ',40', ...points, '${SPEEDS.most - 1},40'].join(' '))
}
const show = (words) => {
  for (const [id, text] of Object.entries(words.texts)) if (place(id).textContent !== text) place(id).textContent = text
  for (const [id, rows] of Object.entries(words.tables)) place(id).replaceChildren(...rows.map(rowOf))
  document.title = words.title
  document.body.dataset.state = words.state
  const bar = place('bar')
  bar.hidden = words.done === undefined
  bar.value = words.done ?? 0
  draw(words.speeds)
  place('heard').textContent = new Date().toLocaleTimeString()
}
const gone = () => {
  if (!['running', 'waiting'].includes(document.body.dataset.state)) return
  document.body.dataset.state = 'gone'
  document.title = 'Gone · smugmug-backup'
  place('status').textContent = 'The program no longer answers'
  place('detail').textContent = ''
}
let heard = Date.now()
const stream = new EventSource('/stats.stream')
stream.onmessage = ({ data }) => {
  heard = Date.now()
  show(JSON.parse(data))
}
// The browser connects again by itself, also to the next run.
stream.onerror = gone
setInterval(() => { if (Date.now() - heard > 10000) gone() }, 1000)
`

const ICON = encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#2c7a4b"/><path d="M8 3v7M4.8 7 8 10.2 11.2 7M4 13h8" fill="none" stroke="#fff" stroke-width="1.8"/></svg>',
)

const table = (id: string, title: string, note = ''): string =>
  `<section><h2>${title}<span>${note}</span></h2><table aria-label="${title}"><tbody id="${id}"></tbody></table></section>`

const figure = (id: string, name: string): string => `<div><dt>${name}</dt><dd id="${id}">–</dd></div>`

/** The whole page. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>smugmug-backup</title>
<link rel="icon" href="data:image/svg+xml,${ICON}">
<style>${STYLE}</style>
<body data-state="running">
<header>
<p>smugmug-backup <span id="account"></span></p>
<h1 id="status" role="status">…</h1>
<p id="detail"></p>
<p id="gone">It has ended, was stopped, or this computer slept. The numbers below are the last ones, from <span id="heard"></span>. Its terminal or log shows how the run ended; <code>smugmug-backup status</code> shows it too.</p>
<noscript><p>This page needs JavaScript. The same numbers, for programs, are at <a href="/metrics">/metrics</a>.</p></noscript>
</header>
<main>
<progress id="bar" max="1" value="0" aria-label="How much of the run is done" hidden></progress>
<p id="progress"></p>
<dl class="figures">
${figure('items', '<span id="items-of">photos and videos</span>')}
${figure('bytes', 'received')}
${figure('speed', 'now')}
${figure('left', 'left, about')}
${figure('albums', '<span id="albums-of">albums</span>')}
${figure('elapsed', 'since it began')}
</dl>
<section>
<h2>Speed <span id="fastest"></span></h2>
<svg viewBox="0 0 ${SPEEDS.most - 1} 40" preserveAspectRatio="none" role="img" aria-label="Speed of the last ten minutes"><polygon id="area"/><polyline id="line"/></svg>
<p class="ends"><span>10 minutes ago</span><span>now</span></p>
</section>
<div class="cards">
<div class="column">
${table('transfers', 'On their way now')}
${table('waits', 'Waiting and trying again')}
${table('calls', 'What SmugMug is asked for', 'answers, time each')}
</div>
<div class="column">
${table('outcomes', 'What became of photos and videos')}
${table('queue', 'What is queued')}
${table('program', 'The program itself')}
</div>
</div>
</main>
<footer>Only this computer can see this page. For Prometheus: <a href="/metrics">/metrics</a></footer>
<script>${SCRIPT}</script>
</html>
`

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** The permissions of the page: run its own script and styles, and ask this server for numbers. */
export const CONTENT_POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)}`,
  `style-src ${hashOf(STYLE)}`,
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
