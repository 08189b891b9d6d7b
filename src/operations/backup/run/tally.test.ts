import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../../test/support/properties.ts'
import type { Event } from '../../../events.ts'
import type { OutcomeKind } from '../../../model.ts'
import { type ItemOutcome, Tally } from './tally.ts'

const opened = (): { readonly tally: Tally; readonly events: Event[] } => {
  const events: Event[] = []
  return { tally: new Tally((event) => events.push(event)), events }
}

const meter = { apiCalls: 0, durationMs: 0 }
const kinds: readonly OutcomeKind[] = ['stored', 'adopted', 'copied', 'moved', 'kept', 'replaced', 'failed', 'impossible', 'pending']
const outcome = (kind: OutcomeKind, facts: Partial<ItemOutcome> = {}): ItemOutcome => ({
  kind,
  album: '/Travel',
  albumKey: 't',
  imageKey: 'x',
  name: 'x.jpg',
  ...facts,
})

describe('a tally', () => {
  test('of nothing', () => {
    const { tally } = opened()
    const { apiCalls, durationMs, ...counts } = tally.totals({ apiCalls: 5, durationMs: 7 })
    assert.deepEqual([apiCalls, durationMs], [5, 7])
    assert.ok(Object.values(counts).every((count) => count === 0))
    assert.equal(tally.changed, false)
  })

  test('counts each outcome under its name, and items are all of them', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...kinds), { maxLength: 40 }), fc.nat(9), fc.nat(9), (outcomes, kept, moved) => {
        const { tally, events } = opened()
        for (const kind of outcomes) tally.item(outcome(kind))
        tally.unlisted('/A', kept)
        tally.unlisted('/B', moved, 'Old/B')
        const totals = tally.totals(meter)
        for (const kind of kinds) {
          const more = kind === 'kept' ? kept : kind === 'moved' ? moved : 0
          assert.equal(totals[kind], outcomes.filter((each) => each === kind).length + more)
        }
        assert.equal(totals.items, outcomes.length + kept + moved)
        assert.equal(totals.vanished, 0)
        assert.equal(events.filter((event) => event.event === 'item').length, outcomes.length)
        assert.equal(tally.failed, totals.failed)
      }),
    )
  })

  test('reports each item as it happens, by its path', () => {
    const { tally, events } = opened()
    tally.item(outcome('copied', { path: 'Travel/x.jpg', from: 'Home/x.jpg', grade: 'original', size: 5 }))
    const told = { album: '/Travel', albumKey: 't', imageKey: 'x', path: 'Travel/x.jpg', from: 'Home/x.jpg', grade: 'original', size: 5 }
    assert.deepEqual(events, [{ event: 'item', outcome: 'copied', ...told }])
    assert.deepEqual(tally.problems, [])
  })

  for (const kind of kinds) {
    const named = kind === 'failed' || kind === 'impossible' || kind === 'pending'
    test(`${kind} ${named ? 'is' : 'is not'} an exception named in the report`, () => {
      const { tally, events } = opened()
      tally.item(outcome(kind, { reason: 'because' }))
      const problem = { kind, album: '/Travel', name: 'x.jpg', imageKey: 'x', reason: 'because' }
      assert.deepEqual(tally.problems, named ? [problem] : [])
      assert.deepEqual(
        events.map((event) => event.event),
        named ? ['item', 'problem'] : ['item'],
      )
    })
  }

  test('a vanished item is counted, and is none of the items', () => {
    const { tally } = opened()
    tally.problem({ kind: 'vanished', album: '/Travel', name: 'x.jpg', reason: 'gone' })
    tally.problem({ kind: 'notice', reason: 'fyi' })
    assert.deepEqual([tally.totals(meter).vanished, tally.totals(meter).items], [1, 0])
    assert.equal(tally.problems.length, 2)
  })

  test('an album that could not be listed is counted, and is no item', () => {
    const { tally } = opened()
    tally.problem({ kind: 'album', album: '/Travel', reason: 'refused' })
    assert.deepEqual([tally.albumsFailed, tally.failed, tally.totals(meter).items], [1, 0, 0])
  })

  test('albums are counted, skipped ones too, and reported', () => {
    const { tally, events } = opened()
    tally.album({ album: '/A', key: 'A', counted: 3, listed: 3, held: 2, skipped: false })
    tally.album({ album: '/B', key: 'B', listed: 4, held: 4, skipped: false })
    tally.album({ album: '/C', key: 'C', counted: 5, listed: 5, held: 5, skipped: true })
    const totals = tally.totals(meter)
    assert.deepEqual([totals.albums, totals.albumsSkipped], [3, 1])
    assert.deepEqual(events, [
      { event: 'album.finished', album: '/A', albumKey: 'A', counted: 3, listed: 3, held: 2 },
      { event: 'album.finished', album: '/B', albumKey: 'B', listed: 4, held: 4 },
      { event: 'album.skipped', album: '/C', albumKey: 'C', items: 5 },
    ])
  })

  const changes: Readonly<Record<OutcomeKind, boolean>> = {
    stored: true,
    adopted: true,
    copied: true,
    moved: true,
    replaced: true,
    kept: false,
    failed: false,
    impossible: false,
    pending: false,
  }
  for (const kind of kinds) {
    test(`${kind} ${changes[kind] ? 'changes' : 'does not change'} the holdings`, () => {
      const { tally } = opened()
      tally.item(outcome(kind))
      assert.equal(tally.changed, changes[kind])
    })
  }

  test('so do vanished items, and items that moved with their album', () => {
    const one = opened().tally
    one.problem({ kind: 'vanished', reason: 'gone' })
    assert.equal(one.changed, true)
    const other = opened().tally
    other.unlisted('/B', 1, 'Old/B')
    assert.equal(other.changed, true)
  })

  test('bytes are those received', () => {
    const { tally } = opened()
    tally.bytes += 5
    assert.equal(tally.totals(meter).bytes, 5)
  })
})
