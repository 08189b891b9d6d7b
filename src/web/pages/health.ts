/** The page about the health of a vault. It reads without a script. */
import { formatBytes, formatCount, formatNumber } from '../../events.ts'
import { copyTrouble } from '../../operations/copy/standing.ts'
import type { AlbumHealth } from '../../operations/health.ts'
import { formatDuration } from '../../progress/format.ts'
import type { Standing, Trouble } from '../../service/standing.ts'
import { html, type Markup } from '../../twin/html.ts'
import { pageLink } from '../../twin/links.ts'
import { renderPage } from '../../twin/pages/shell.ts'
import { calendar } from './calendar.ts'

type Health = Extract<Standing, { kind: 'known' }>['health']
type Status = Health['status']

/** The look of a headline. */
type Tone = 'good' | 'warn' | 'bad'

/** Renders the page. */
export function healthPage(
  standing: Standing,
  facts: {
    readonly title: string
    readonly now: number
    readonly since: number
    /** The words about the next turn of a service. */
    readonly next?: string | undefined
    /** The words about what a service waits for. */
    readonly waiting?: string | undefined
  },
): string {
  const { title, since, next } = facts
  const body = standing.kind === 'known' ? known(standing.health, facts) : trouble(standing)
  return renderPage({
    site: { title, isLive: true },
    title: 'Health',
    folder: '',
    view: 'health',
    body: html`<main class="page health" id="main" data-since="${since}">\n${body}${next !== undefined && html`<p class="lead">${next}</p>\n`}</main>`,
  })
}

const SIGNS: Readonly<Record<Tone, string>> = { good: 'M8 16.5l5.5 5.5L24 11', warn: 'M16 8v10M16 23v.5', bad: 'M10 10l12 12M22 10L10 22' }

const headline = (tone: Tone, heading: string, words: readonly (string | undefined)[]): Markup =>
  html`<div class="headline ${tone}"><svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="14.5"/><path d="${SIGNS[tone]}"/></svg><div><h1>${heading}</h1>${words.map((text) => text !== undefined && html`<p class="lead">${withCommands(text)}</p>`)}</div></div>\n`

/** Returns words in which each command, between backticks, looks like one. If a plain backup is the next thing to do, the page leads to it. */
const withCommands = (text: string): readonly (string | Markup)[] => [
  ...text.split('`').map((part, n) => (n % 2 === 1 ? html`<code>${part}</code>` : part)),
  ...(/^Run `smugmug-backup`(?!.*without a selection)/.test(text) ? [html` Or start it under <a href="live.html">Runs</a>.`] : []),
]

const trouble = ({ exitCode, message, hint }: Trouble): Markup =>
  exitCode === 2
    ? headline('warn', 'Nothing is set up yet', [
        message,
        'Run smugmug-backup setup at a terminal: it asks for everything. Then open this page again.',
      ])
    : headline('bad', 'The vault cannot be looked at', [message, hint])

function known(health: Health, { now, waiting }: { readonly now: number; readonly waiting?: string | undefined }): Markup {
  const { status, runs, albums, albumsInAll } = health
  const { tone, heading } = headingOf(status)
  const { items, albums: inAlbums } = status.held
  const sentence = tone === 'good' ? `${formatCount(items, 'item')} in ${formatCount(inAlbums, 'album')}.` : status.message
  const [year, table, copies] = [calendar(runs, now), albumTable(albums, albumsInAll), copyTable(status.copies, now)]
  // The albums that are not whole come before everything that is well.
  const hasGap = albums.some(({ counted, held, reason }) => held < counted || reason !== '')
  return html`${headline(tone, heading, [sentence, status.hint, waiting])}${tiles(health, now)}${hasGap ? [table, copies, year] : [year, copies, table]}<p class="lead"><a href="copy.html">Copies of photos that were replaced or removed</a></p>`
}

/** Returns the standing in one sentence. */
function headingOf({ exitCode, smaller, originals, held, expected, lastRun }: Status): { readonly tone: Tone; readonly heading: string } {
  if (exitCode === 5) return { tone: 'bad', heading: 'There is no backup yet' }
  if (lastRun?.isUnderWay === true) return { tone: 'warn', heading: 'A backup is under way' }
  if (exitCode === 0 && smaller === 0) return { tone: 'good', heading: 'Everything is here' }
  if (expected !== undefined && held.items < expected)
    return { tone: 'warn', heading: `${formatNumber(held.items)} of ${formatCount(expected, 'item')} are here` }
  if (smaller > 0)
    return {
      tone: 'warn',
      heading: `Held, but ${formatNumber(smaller)} of ${formatCount(smaller + originals, 'photo')} only smaller than your originals`,
    }
  return { tone: 'warn', heading: 'Not everything is here' }
}

const ago = (at: number, now: number): string => (now - at < 60_000 ? 'Just now' : `${formatDuration(now - at)} ago`)

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const MOMENT = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })

function tiles({ status, runs, free }: Health, now: number): Markup {
  const { lastRun, lastFullyProven, isFullyProven, held, nextRun } = status
  const came = runs.find((run) => run.startedAt === lastRun?.startedAt)?.came
  const all: readonly (readonly [value: string, words: string])[] = [
    lastRun === undefined
      ? ['Never', 'last run']
      : [ago(lastRun.startedAt, now), `last run${came === undefined ? '' : came === 0 ? ', nothing new' : `, ${formatNumber(came)} new`}`],
    lastFullyProven === undefined
      ? ['Not yet', 'every byte read again']
      : [DAY.format(lastFullyProven), isFullyProven ? 'every byte read again' : 'every byte read again, but for what came since'],
    [formatBytes(held.bytes), `in the vault${free === undefined ? '' : `, ${formatBytes(free)} free`}`],
    nextRun === undefined ? ['By hand', 'next run'] : [MOMENT.format(nextRun), 'next run'],
  ]
  return html`<ul class="tiles">${all.map(([value, words]) => html`<li><b>${value}</b> <span>${words}</span></li>`)}</ul>\n`
}

function copyTable(copies: Status['copies'], now: number): Markup | undefined {
  if (copies === undefined) return undefined
  return html`<section class="panel further" aria-labelledby="copies"><div class="head"><h2 id="copies">Copies</h2><p>bring them up to date now under <a href="live.html">Runs</a></p></div>
<table><thead class="unseen"><tr><th scope="col">Copy</th><th scope="col">State</th><th scope="col">Up to date</th></tr></thead><tbody>
${copies.map((copy) => copyRow(copy, now))}</tbody></table></section>\n`
}

function copyRow(copy: NonNullable<Status['copies']>[number], now: number): Markup {
  const { name, destination, current, lastFullyProven, lastTry, isLate, isTroubled } = copy
  const trouble = copyTrouble(copy) ?? (lastTry === undefined || lastTry.exitCode === 0 ? undefined : lastTry.message)
  const proven = lastFullyProven === undefined ? 'Not every byte read again yet.' : `Every byte read again ${DAY.format(lastFullyProven)}.`
  const upToDate = current === undefined ? 'never' : ago(current, now).toLowerCase()
  return html`<tr${(isLate || isTroubled) && html` class="gap"`}><th scope="row" title="${destination}">${name}</th><td class="why" dir="auto">${trouble !== undefined && `${trouble} `}${proven}</td><td class="count">up to date: ${upToDate}</td></tr>\n`
}

function albumTable(albums: readonly AlbumHealth[], inAll: number): Markup | undefined {
  if (albums.length === 0) return undefined
  const more = inAll - albums.length
  return html`<section class="panel" aria-labelledby="albums"><div class="head"><h2 id="albums">Albums</h2><p>what is not whole comes first</p></div>
<table><thead class="unseen"><tr><th scope="col">Album</th><th scope="col">Reason</th><th scope="col">Held</th><th scope="col">Share</th></tr></thead><tbody>
${albums.map(albumRow)}</tbody></table>${more > 0 && html`<p class="lead">And ${formatCount(more, 'album')} more, all whole or like the last ones.</p>`}</section>\n`
}

const albumRow = ({ path, folder, counted, held, reason }: AlbumHealth): Markup =>
  html`<tr${held < counted && html` class="gap"`}><th scope="row"><a href="${pageLink('', folder)}" dir="auto">${path}</a></th><td class="why">${reason}</td><td class="count">${formatNumber(held)} of ${formatNumber(counted)}</td><td class="share"><progress max="${Math.max(counted, 1)}" value="${counted === 0 ? 1 : held}" aria-label="${path}"></progress></td></tr>\n`
