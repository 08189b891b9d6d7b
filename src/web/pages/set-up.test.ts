import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SetUpState } from '../contract.ts'
import { setUpPage } from './set-up.ts'

const GB = 1_000_000_000
const HOUR = 3_600_000

/** A set-up with everything chosen, after a look ahead. */
const whole = (free: number, look: Partial<NonNullable<SetUpState['look']>> = {}): SetUpState => ({
  file: '/home/ann/.smgmg/config.toml',
  key: { state: 'set', fields: ['apiKey', 'apiSecret'] },
  signIn: { state: 'set', nickName: '<b>ann' },
  folder: { path: '/mnt/photos', look: { kind: 'usable', disk: { mount: '/mnt', freeBytes: free }, entries: 0 } },
  times: { words: 'every 24 h', text: '24h', cron: '30 2 * * * smugmug-backup --quiet' },
  look: {
    id: 1,
    kind: 'look-ahead',
    state: 'ended',
    startedAt: 0,
    exitCode: 0,
    outlook: { albums: 812, items: 41_208, bytes: 400 * GB, estimatedMs: 18 * HOUR, held: 0, isMeasured: false },
    ...look,
  },
  since: 0,
})

const VIEW = { step: undefined, isPlain: false }

describe('the page of the set-up', () => {
  test('says items, bytes and time before the start', () => {
    const page = setUpPage(whole(900 * GB), VIEW)
    assert.match(page, /<b>41,208<\/b> <span>to fetch, in 812 albums<[\s\S]*<b>400\.0 GB<\/b>[\s\S]*900\.0 GB are free<[\s\S]*<b>18 h/)
    assert.match(page, /data-start="backup">Start the first backup/)
    assert.doesNotMatch(page, /too small/)
    assert.match(page, /Signed in as &lt;b&gt;ann/)
  })

  test('says that a disk is too small, and by how much, and offers another one', () => {
    const page = setUpPage(whole(250 * GB), VIEW)
    assert.match(
      page,
      /role="alert">The disk is too small: 400\.0 GB are needed, and 250\.0 GB are free\. <a href="\/setup\.html\?step=folder">/,
    )
  })

  test('says that a look failed, with the reason', () => {
    const { look, ...state } = whole(GB)
    const { outlook: _, ...failed } = { ...look, exitCode: 3, message: 'SmugMug could not be reached.', hint: 'Try later.' } as NonNullable<
      typeof look
    >
    const page = setUpPage({ ...state, look: failed }, VIEW)
    assert.match(page, /role="alert">SmugMug could not be reached\. Try later\.[\s\S]*Look again/)
  })

  test('opens the first step that is not done, and no step before its turn', () => {
    const opened = (state: SetUpState, step?: string): string =>
      /class="open"[\s\S]*?<h2>([^<]+)/.exec(setUpPage(state, { ...VIEW, step }))?.[1] ?? ''
    const state = whole(GB)
    assert.equal(opened(state), 'A first look, and go')
    assert.equal(opened(state, 'folder'), 'A folder for your photos')
    assert.equal(opened(state, '__proto__'), 'A first look, and go')
    assert.equal(opened({ ...state, key: { state: 'missing', fields: ['apiKey'] } }, 'look'), 'A key for SmugMug')
    assert.equal(opened({ ...state, signIn: { state: 'missing' } }), 'Sign in at SmugMug')
    assert.equal(opened(whole(GB, { exitCode: 4 })), 'Sign in at SmugMug')
    assert.equal(
      opened({ ...state, folder: { path: '/x', look: { kind: 'absent', disk: { mount: '/', freeBytes: 1 }, unmounted: true } } }),
      'A folder for your photos',
    )
  })

  test('offers the times that stand now, exactly as they are', () => {
    const shown = (times: SetUpState['times']): readonly (string | undefined)[] => {
      const page = setUpPage({ ...whole(GB), times }, { ...VIEW, step: 'times' })
      return [/value="([^"]+)" checked/.exec(page)?.[1], /data-own value="([^"]*)"/.exec(page)?.[1]]
    }
    assert.deepEqual(shown({}), ['24h', '30 2 * * *'])
    assert.deepEqual(shown({ words: 'by hand', text: 'never' }), ['never', '30 2 * * *'])
    assert.deepEqual(shown({ words: 'every 24 h', text: '24h' }), ['24h', '30 2 * * *'])
    assert.deepEqual(shown({ words: 'every 90 s', text: '90s' }), ['own', '90s'])
    assert.deepEqual(shown({ words: "at 0 1 * * * (cron's five fields)", text: '0 1 * * *' }), ['own', '0 1 * * *'])
  })

  test('says that a key typed from another machine is not encrypted', () => {
    const state = { ...whole(GB), key: { state: 'missing', fields: ['apiKey', 'apiSecret'] } } as const
    assert.match(setUpPage(state, { ...VIEW, isPlain: true }), /without encryption/)
    assert.doesNotMatch(setUpPage(state, VIEW), /without encryption/)
  })
})
