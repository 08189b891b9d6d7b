import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { itemWith } from '../../../../test/support/item.ts'
import type { Availability, Item, Source } from '../../../model.ts'
import type { FileRow } from '../../../vault/catalogue/rows.ts'
import { planItem } from './plan.ts'

const source: Source = { url: 'https://photos.example.com/x', grade: 'original', size: 100, md5: 'aaa' }
/** As for a video: SmugMug gives a size and no MD5. */
const sized: Source = { url: source.url, grade: 'rendition', size: 100 }
const bare: Source = { url: source.url, grade: 'original' }

const ready = (facts: Partial<Source>): Availability => ({ kind: 'ready', source: { ...source, ...facts } })
const pending: Availability = { kind: 'pending', reason: 'still being processed' }
const impossible: Availability = { kind: 'impossible', reason: 'no original' }
const unresolved: Availability = { kind: 'unresolved' }

const itemOf = (availability: Availability, serial?: number): Item => itemWith({ availability, ...(serial !== undefined && { serial }) })

const held: FileRow = {
  albumKey: 'K',
  imageKey: 'x',
  component: '',
  name: 'x.jpg',
  size: 100,
  md5: 'aaa',
  sha256: 's',
  grade: 'original',
  serial: 3,
  toldSize: 100,
  toldMd5: 'aaa',
  state: 'held',
  captured: undefined,
}

describe('the task for an item', () => {
  describe('that is held', () => {
    const cases: Readonly<Record<string, readonly [item: Item, file: FileRow, kind: 'keep' | 'replace']>> = {
      'the same MD5': [itemOf(ready({}), 3), held, 'keep'],
      'the same MD5 under a new serial (rotated and back, words only)': [itemOf(ready({}), 9), held, 'keep'],
      'another MD5': [itemOf(ready({ md5: 'bbb' }), 3), held, 'replace'],
      'the MD5 that was told of other bytes, as for a rendition': [itemOf(ready({ md5: 'ttt' }), 3), { ...held, toldMd5: 'ttt' }, 'keep'],
      'the same MD5 and a size that is told wrong': [itemOf(ready({ size: 999 }), 3), held, 'keep'],
      'no MD5, the same size and serial': [itemOf({ kind: 'ready', source: sized }, 3), held, 'keep'],
      'no MD5, the size that was told then': [itemOf({ kind: 'ready', source: sized }, 3), { ...held, size: 90, toldSize: 100 }, 'keep'],
      'no MD5, another size': [itemOf({ kind: 'ready', source: { ...sized, size: 101 } }, 3), held, 'replace'],
      'no MD5, the same size, another serial': [itemOf({ kind: 'ready', source: sized }, 4), held, 'replace'],
      'no MD5, the same size, no serial told': [itemOf({ kind: 'ready', source: sized }), held, 'keep'],
      'neither MD5 nor size, the same serial': [itemOf({ kind: 'ready', source: bare }, 3), held, 'keep'],
      'neither MD5 nor size, another serial': [itemOf({ kind: 'ready', source: bare }, 4), held, 'replace'],
      'neither MD5 nor size nor serial told': [itemOf({ kind: 'ready', source: bare }), held, 'replace'],
      'being processed again': [itemOf(pending, 4), held, 'keep'],
      'no longer offered': [itemOf(impossible, 4), held, 'keep'],
      'not told, the same serial': [itemOf(unresolved, 3), held, 'keep'],
      'not told, another serial': [itemOf(unresolved, 4), held, 'replace'],
      'less than the original was held, which is offered now': [
        itemOf(ready({ md5: 'bbb' }), 3),
        { ...held, grade: 'fallback' },
        'replace',
      ],
    }
    for (const [what, [item, file, kind]] of Object.entries(cases)) {
      test(`${kind}: ${what}`, () => {
        const expected = kind === 'keep' ? { kind, item, name: 'n.jpg', file } : { kind, item, name: 'n.jpg', old: file }
        assert.deepEqual(planItem(item, 'n.jpg', file), expected)
      })
    }
  })

  describe('that is not', () => {
    for (const [state, file] of [
      ['new', undefined],
      ['missing', { ...held, state: 'missing' as const }],
      ['damaged', { ...held, state: 'damaged' as const }],
    ] as const) {
      for (const availability of [ready({}), ready({ md5: 'bbb' }), unresolved]) {
        test(`obtain: ${state}, ${availability.kind}`, () => {
          const item = itemOf(availability, 3)
          assert.deepEqual(planItem(item, 'n.jpg', file), { kind: 'obtain', item, name: 'n.jpg', because: state })
        })
      }
      for (const availability of [pending, impossible]) {
        test(`leave: ${state}, ${availability.kind}`, () => {
          const item = itemOf(availability, 3)
          const { kind: outcome, reason } = availability as { kind: 'pending' | 'impossible'; reason: string }
          assert.deepEqual(planItem(item, 'n.jpg', file), { kind: 'leave', item, name: 'n.jpg', outcome, reason })
        })
      }
    }
  })
})
