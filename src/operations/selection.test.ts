import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { itemWith } from '../../test/support/item.ts'
import { fc } from '../../test/support/properties.ts'
import { ConfigurationError, ServiceError } from '../errors.ts'
import type { Album, Item } from '../model.ts'
import {
  checkPatterns,
  givenText,
  makeSelection,
  type PatternCheck,
  type Selection,
  type SelectionSettings,
  warnOfIdleKeywords,
} from './selection.ts'

const nothing: SelectionSettings = { album: [], exclude: [], keyword: [] }

const from = (start: number) => ({ text: `${start}`, start })
const to = (end: number) => ({ text: `${end}`, end })
const make = (settings: Partial<SelectionSettings>): Selection => makeSelection({ ...nothing, ...settings }) ?? assert.fail('no selection')

const album = (urlPath: string): Album => ({ key: 'K', name: 'A', urlPath, raw: () => ({}) })

test('without any restriction there is no selection', () => {
  assert.equal(makeSelection(nothing), undefined)
  assert.equal(makeSelection({ ...nothing, type: undefined, since: undefined, until: undefined }), undefined)
})

test('single items are left out by their type, date and words only', () => {
  assert.equal(make({ album: ['A'] }).byItem, false)
  assert.equal(make({ exclude: ['A'] }).byItem, false)
  for (const settings of [{ type: 'photo' as const }, { since: from(0) }, { until: to(0) }, { keyword: ['a'] }])
    assert.equal(make(settings).byItem, true)
})

describe('albums', () => {
  const cases: readonly (readonly [glob: string, path: string, matches: boolean])[] = [
    ['Travel', '/Travel', true],
    ['/Travel', '/Travel', true],
    ['Travel', '/Travel/Norway', true],
    ['/Travel/2024', '/Travel/2024/Norway/Oslo', true],
    ['Travel/[2024]', '/Travel/[2024]/Norway', true],
    ['/', '/Travel/Norway', true],
    ['Travel', '/Home/Travel', false],
    ['Travel', '/Travels', false],
    ['Travel/**', '/Travel/Norway', true],
    ['/Travel/**', '/Travel/Norway', true],
    ['//Travel/**', '/Travel/Norway', true],
    ['Travel/**', '/Travel/2024/Norway', true],
    ['Travel/**', '/Travel', true],
    ['Travel/**', '/Travels/Norway', false],
    ['Travel/', '/Travel/2024/Norway', true],
    ['Travel/', '/Travel', true],
    ['Travel/*', '/Travel/Norway', true],
    ['Travel/*', '/Travel/2024/Norway', false],
    ['Travel/*', '/Travel', false],
    ['**', '/Travel/2024/Norway', true],
    ['**', '/Travel', true],
    ['*', '/Travel', true],
    ['*', '/Travel/Norway', false],
    ['**/Norway', '/Travel/2024/Norway', true],
    ['**/Norway', '/Norway', true],
    ['Travel/**/Norway', '/Travel/Norway', true],
    ['Travel/202?', '/Travel/2024', true],
    ['Travel/202?', '/Travel/20245', false],
    ['Travel/{Norway,Italy}', '/Travel/Italy', true],
    ['Travel/{Norway,Italy}', '/Travel/Spain', false],
    ['Travel/[NI]*', '/Travel/Norway', true],
    ['Travel/[NI]*', '/Travel/Spain', false],
    ['Travel/[2024]', '/Travel/[2024]', true],
    ['Travel/Who?', '/Travel/Who?', true],
    ['Travel/[broken', '/Travel/[broken', true],
    ['Travel/.hidden', '/Travel/.hidden', true],
    ['travel/NORWAY', '/Travel/Norway', true],
    ['travel/**', '/Travel/Norway', true],
    ['été/köln', '/Été/Köln', true],
    ['E\u0301te\u0301/Ko\u0308ln', '/Été/Köln', true],
    ['Été/**', '/E\u0301te\u0301/Ko\u0308ln', true],
    ['STRASSE', '/Straße', true],
    ['Travel/[a-z]*', '/Travel/Norway', true],
    ['', '/Travel', false],
  ]
  for (const [glob, path, matches] of cases) {
    test(`${glob || 'nothing'} ${matches ? 'takes' : 'leaves'} ${path}`, () => {
      assert.equal(make({ album: [glob] }).album(album(path)), matches)
      assert.equal(make({ exclude: [glob] }).album(album(path)), !matches)
    })
  }

  test('any of several will do, and being excluded comes first', () => {
    const selection = make({ album: ['Travel/**', 'Home'], exclude: ['/Travel/2024/**'] })
    const taken = ['/Travel/2023/A', '/Travel/2024/A', '/Travel/2024', '/Home', '/Work'].filter((path) => selection.album(album(path)))
    assert.deepEqual(taken, ['/Travel/2023/A', '/Home'])
  })

  test('an album is taken by its own path, with any letters, and by what is above it', () => {
    const segment = fc.string({
      unit: fc.constantFrom('a', 'B', 'ü', '1', '-', '*', '?', '[', ']', '{', '}', '!', '(', ')', '+', '@', '\\'),
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 3 }), (segments) => {
        const path = `/${segments.join('/')}`
        assert.equal(make({ album: [path] }).album(album(path)), true)
        assert.equal(make({ album: [path.slice(1)] }).album(album(path)), true)
        assert.equal(make({ album: ['**'] }).album(album(path)), true)
      }),
    )
  })

  test('every item of it is taken', () => {
    assert.equal(make({ album: ['Travel'] }).item(itemWith()), true)
  })
})

describe('items', () => {
  test('by type', () => {
    assert.deepEqual([make({ type: 'photo' }).item(itemWith()), make({ type: 'photo' }).item(itemWith({ isVideo: true }))], [true, false])
    assert.deepEqual([make({ type: 'video' }).item(itemWith()), make({ type: 'video' }).item(itemWith({ isVideo: true }))], [false, true])
    assert.equal(make({ type: 'video' }).album(album('/any')), true)
  })

  test('by a keyword that is one of theirs, blind to case and to the way letters are written', () => {
    const has = (keyword: readonly string[], keywordArray: readonly string[]): boolean => make({ keyword }).item(itemWith({ keywordArray }))
    assert.equal(has(['Norway'], ['fjord', 'norway']), true)
    assert.equal(has(['Ärger'], ['A\u0308RGER']), true)
    assert.equal(has(['Norway', 'Italy'], ['italy']), true)
    assert.equal(has(['Norway'], ['Norwayan']), false)
    assert.equal(has(['New York'], ['new york']), true)
    assert.equal(has(['Norway'], []), false)
  })

  describe('by date', () => {
    const [since, until] = [Date.UTC(2024, 0, 1), Date.UTC(2025, 0, 1)]
    const year = make({ since: from(since), until: to(until) })
    /** As SmugMug sends it: Pacific time read as UTC. */
    const cases: readonly (readonly [what: string, facts: Partial<Item>, taken: boolean])[] = [
      ['shot in the first second', { dateTimeOriginal: '2024-01-01T08:00:00+00:00' }, true],
      ['shot a second before', { dateTimeOriginal: '2024-01-01T07:59:59+00:00' }, false],
      ['shot in the last second', { dateTimeOriginal: '2025-01-01T07:59:59+00:00' }, true],
      ['shot a second later', { dateTimeOriginal: '2025-01-01T08:00:00+00:00' }, false],
      [
        'shot before, uploaded in it',
        { dateTimeOriginal: '2023-06-01T12:00:00+00:00', dateTimeUploaded: '2024-06-01T12:00:00+00:00' },
        false,
      ],
      ['of unknown time, uploaded in it', { dateTimeUploaded: '2024-06-01T12:00:00+00:00' }, true],
      ['of unknown time, uploaded before', { dateTimeUploaded: '2023-06-01T12:00:00+00:00' }, false],
      [
        'of a junk time, uploaded before',
        { dateTimeOriginal: '1970-01-01T08:00:00+00:00', dateTimeUploaded: '2023-06-01T12:00:00+00:00' },
        false,
      ],
      ['of unknown time and upload', {}, true],
      ['of unreadable times', { dateTimeOriginal: 'x', dateTimeUploaded: 'y' }, true],
    ]
    for (const [what, facts, taken] of cases)
      test(`${taken ? 'takes' : 'leaves'} what was ${what}`, () => assert.equal(year.item(itemWith(facts)), taken))

    test('from one on, or until one', () => {
      const [early, late] = [itemWith({ dateTimeUploaded: '2020-01-01T00:00:00Z' }), itemWith({ dateTimeUploaded: '2026-01-01T00:00:00Z' })]
      assert.deepEqual([make({ since: from(since) }).item(early), make({ since: from(since) }).item(late)], [false, true])
      assert.deepEqual([make({ until: to(until) }).item(early), make({ until: to(until) }).item(late)], [true, false])
      assert.equal(make({ since: from(0) }).item(early), true)
    })
  })

  test('all conditions must hold', () => {
    const selection = make({ type: 'photo', keyword: ['a'], since: from(Date.UTC(2024, 0, 1)) })
    const right = { keywordArray: ['a'], dateTimeUploaded: '2024-06-01T00:00:00Z' }
    assert.equal(selection.item(itemWith(right)), true)
    assert.equal(selection.item(itemWith({ ...right, isVideo: true })), false)
    assert.equal(selection.item(itemWith({ ...right, keywordArray: [] })), false)
    assert.equal(selection.item(itemWith({ ...right, dateTimeUploaded: '2023-06-01T00:00:00Z' })), false)
  })
})

describe('patterns that match nothing', () => {
  const paths = ['/Travel/Asia/Japan', '/Travel/Norway', '/Family/Party', '/Été/Köln']
  const check = async (settings: Partial<SelectionSettings>, more: Partial<PatternCheck> = {}): Promise<readonly string[]> => {
    const warnings: string[] = []
    const emit: PatternCheck['emit'] = (event) => {
      if (event.event === 'warning') warnings.push(event.message)
    }
    await checkPatterns({ selection: makeSelection({ ...nothing, ...settings }), albums: paths.map(album), emit, ...more })
    return warnings
  }

  test('are refused when no --album matches an album or a folder, with the nearest path', async () => {
    for (const [glob, nearest] of [
      ['Famliy/**', '"Family"'],
      ['/travel/norwya', '"Travel/Norway"'],
      ['Travel/Asia/Jap', '"Travel/Asia/Japan"'],
      ['Japam', '"Travel/Asia/Japan"'],
      ['E\u0301te\u0301/Kolm', '"Été/Köln"'],
    ] as const) {
      await assert.rejects(check({ album: [glob] }), (error) => {
        assert.ok(error instanceof ConfigurationError)
        assert.ok(error.message.includes(JSON.stringify(glob)) && error.message.includes(nearest), error.message)
        return true
      })
    }
  })

  test('bring no guess where no path is near', async () => {
    await assert.rejects(check({ album: ['Nowhere', 'Nothing'] }), {
      name: 'ConfigurationError',
      message: '--album "Nowhere", "Nothing" matches no album and no folder of the account.',
    })
    assert.deepEqual(await check({ exclude: ['Nothing/**'] }), ['--exclude "Nothing/**" matches no album, so nothing is left out by it.'])
    await assert.rejects(check({ album: ['Nothing'] }, { folders: async () => ['/'] }), {
      message: '--album "Nothing" matches no album and no folder of the account.',
    })
  })

  test('are no mistake when a folder has the path, empty or not', async () => {
    assert.deepEqual(await check({ album: ['Travel'] }), [])
    assert.deepEqual(await check({ album: ['Travel/*'] }), [])
    assert.deepEqual((await check({ album: ['Empty'] }, { folders: async () => ['/Empty'] })).length, 1)
    // They match folders, and no album.
    assert.match((await check({ album: ['{Family,Travel}'] }))[0] ?? '', /^--album "\{Family,Travel\}" matches no album\./)
    assert.match((await check({ exclude: ['{Family,Travel}'] }))[0] ?? '', /matches no album, so nothing is left out by it/)
    await assert.rejects(check({ album: ['Empty'] }, { folders: async () => ['/Other'] }), ConfigurationError)
  })

  test('say nothing where there are no albums: that is trouble of another kind', async () => {
    await assert.rejects(check({ album: ['Travel'] }, { albums: [] }), ServiceError)
    assert.deepEqual(await check({ exclude: ['Travel'] }, { albums: [] }), [])
  })

  test('are warned of, one by one, where others match', async () => {
    const [one, ...none] = await check({ album: ['Travel', 'Famliy'] })
    assert.match(one ?? '', /--album "Famliy" matches no album\. The nearest is "Family"/)
    assert.deepEqual(none, [])
    assert.match((await check({ exclude: ['Étè/Privé', 'Travel'] }))[0] ?? '', /--exclude "Étè\/Privé" matches no album/)
    assert.deepEqual(await check({ album: ['**'], exclude: ['travel/norway'] }), [])
  })

  test('of keywords are those that no item had', () => {
    const selection = make({ keyword: ['Snow', 'Sand', 'ICE'], type: 'photo' })
    selection.item(itemWith({ keywordArray: ['snow', 'ice'], isVideo: true }))
    const warnings: string[] = []
    warnOfIdleKeywords(selection, (event) => warnings.push(event.event === 'warning' ? event.message : ''))
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /--keyword "Sand"/)
  })
})

test('a selection keeps its options as they were given, and shows them as a command line has them', () => {
  const { given } = make({ album: ['Travel/**', 'Home'], since: { text: '2024-05', start: 0 }, type: 'photo', keyword: ['a "b"'] })
  assert.deepEqual(given, { album: ['Travel/**', 'Home'], type: 'photo', since: '2024-05', keyword: ['a "b"'] })
  assert.equal(givenText(given), '--album "Travel/**" --album Home --type photo --since 2024-05 --keyword "a \\"b\\""')
})
