import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noTotals } from '../../model.ts'
import type { Standing } from '../../service/standing.ts'
import { healthPage } from './health.ts'

const now = Date.UTC(2026, 5, 2, 12)
type Health = Extract<Standing, { kind: 'known' }>['health']

const status: Health['status'] = {
  exitCode: 3,
  message: 'Held 7 of 12 items: 5 items failed.',
  destination: '/vault',
  held: { albums: 1, items: 7, files: 7, bytes: 1000 },
  byGrade: {},
  expected: 12,
  ...{ originals: 7, renditions: 0, smaller: 0, lockedAlbums: [], unlistedAlbums: 0, vanishedKept: 0, vanishedLost: 0 },
  missing: { failed: 5, pending: 0, impossible: 0, damaged: 0, unreadable: 0, notSelected: 0, notFetched: 0 },
  isFullyProven: false,
  runs: [],
  days: [],
  totals: noTotals,
  problems: [],
}

const pageWith = (hint: string): string =>
  healthPage(
    { kind: 'known', health: { status: { ...status, hint }, runs: [], albums: [], albumsInAll: 0 } },
    { title: 'Ann', now, since: 0 },
  )

test('a command looks like one, and a backup that helps can be started from here', () => {
  const page = pageWith('Run `smugmug-backup`: it fetches <what> it can.')
  assert.match(
    page,
    /Run <code>smugmug-backup<\/code>: it fetches &lt;what&gt; it can\. Or start it under <a href="live\.html">Runs<\/a>\./,
  )
  for (const hint of [
    'Run `smugmug-backup --accept-changes` once if the change is right: look at the account on SmugMug first.',
    'Run `smugmug-backup login` to sign in again, then `smugmug-backup`.',
    'Run `smugmug-backup` without a selection, neither on the command line nor in the settings: it fetches the rest.',
  ]) {
    assert.doesNotMatch(pageWith(hint), /Or start it/, hint)
    assert.doesNotMatch(pageWith(hint), /`/, hint)
  }
})

test('each month has its name above its first week, also the one that has just begun', () => {
  const health = { status, runs: [], albums: [], albumsInAll: 0 }
  const namesAt = (time: number): readonly string[] =>
    [...healthPage({ kind: 'known', health }, { title: 'Ann', now: time, since: 0 }).matchAll(/<text ([^>]*)>([A-Z][a-z]+)<\/text>/g)]
      .map(([, where, name]) => `${name} ${where}`)
      .filter((each) => each.includes('y="11"'))
  const inMay = namesAt(Date.UTC(2026, 4, 20, 12))
  assert.equal(inMay.length, 12)
  assert.equal(inMay.at(-1), 'May x="720" y="11"')
  // In the last week there is no room to its right.
  assert.equal(namesAt(Date.UTC(2026, 11, 1, 12)).at(-1), 'Dec x="776" y="11" text-anchor="end"')
})

test('each copy is shown with its trouble, the last time that it was up to date, and that it was read again', () => {
  const hour = 3_600_000
  const facts = { destination: '/usb', lagDays: 0, isLate: false, isTroubled: false }
  const copies = [
    {
      name: 'usb',
      ...facts,
      current: now - 2 * hour,
      lastFullyProven: Date.UTC(2026, 4, 30),
      lastTry: { at: now, exitCode: 0, message: 'It is.' },
    },
    {
      name: 'office',
      ...facts,
      current: now - 48 * hour,
      lastTry: { at: now, exitCode: 5, message: 'The destination <x> does not exist.' },
    },
    { name: 'far', ...facts, lagDays: 9, isLate: true, lastTry: { at: now, exitCode: 3, message: 'It is damaged.' } },
  ] as const
  const health = { status: { ...status, copies }, runs: [], albums: [], albumsInAll: 0 }
  const page = healthPage({ kind: 'known', health }, { title: 'Ann', now, since: 0 })
  const [table = ''] = /<section class="panel further" aria-labelledby="copies">.*?<\/section>/s.exec(page) ?? []
  assert.match(table, /usb<\/th><td[^>]*>Every byte read again 30 May 2026\.<\/td><td class="count">up to date: 2 h[^<]* ago</)
  assert.match(table, /office<\/th><td[^>]*>The destination &lt;x&gt; does not exist\. Not every byte read again yet\.<.*up to date: 2 d/)
  assert.match(
    page,
    /<tr class="gap"><th[^>]*>far<\/th><td[^>]*>The copy far was never up to date, for 9 days\. It is damaged\..*up to date: never</,
  )
  assert.match(table, /now under <a href="live\.html">Runs<\/a>/)
  assert.doesNotMatch(pageWith(''), /id="copies"/)
})
