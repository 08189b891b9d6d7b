import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FileRow } from '../../vault/catalogue/rows.ts'
import { heldRow, isBraked, planAlbum, sameBytes } from './plan.ts'

const row = (imageKey: string, more: Partial<FileRow> = {}): FileRow => ({
  albumKey: 'A',
  imageKey,
  component: '',
  name: `${imageKey}.jpg`,
  size: 3,
  md5: `md5 ${imageKey}`,
  sha256: `sha ${imageKey}`,
  grade: 'original',
  serial: 1,
  toldSize: 3,
  toldMd5: undefined,
  state: 'held',
  captured: undefined,
  ...more,
})

const other = { md5: 'other', sha256: 'other' } as const
const damaged = { state: 'damaged' } as const
const missing = { state: 'missing' } as const

/** The first vault's row, the copy's row, the folders, and what the plan says of it. */
const cases: Readonly<
  Record<string, { readonly first?: FileRow; readonly copy?: FileRow; readonly folder?: string; readonly says: readonly string[] }>
> = {
  'held by both': { first: row('a'), copy: row('a'), says: ['kept Travel/a.jpg'] },
  'not in the copy': { first: row('a'), says: ['lacking Travel/a.jpg'] },
  'missing in the copy': { first: row('a'), copy: row('a', missing), says: ['lacking Travel/a.jpg'] },
  'damaged in the copy': { first: row('a'), copy: row('a', damaged), says: ['lacking Travel/a.jpg'] },
  'missing in the first vault': { first: row('a', missing), copy: row('a'), says: ['kept Travel/a.jpg'] },
  'damaged in the first vault, with other bytes than the copy': {
    first: row('a', { ...damaged, ...other }),
    copy: row('a'),
    says: ['kept Travel/a.jpg'],
  },
  'in neither': { first: row('a', missing), says: ['nowhere Travel/a.jpg'] },
  'damaged in both': { first: row('a', damaged), copy: row('a', damaged), says: ['nowhere Travel/a.jpg'] },
  'of another name': { first: row('a', { name: 'b.jpg' }), copy: row('a'), says: ['moved Travel/a.jpg to Travel/b.jpg'] },
  'in another folder': { first: row('a'), copy: row('a'), folder: 'Old', says: ['moved Old/a.jpg to Travel/a.jpg'] },
  'missing in the first vault, whose folder is another': {
    first: row('a', missing),
    copy: row('a'),
    folder: 'Old',
    says: ['moved Old/a.jpg to Travel/a.jpg'],
  },
  'of other bytes': { first: row('a', other), copy: row('a'), says: ['replaced Travel/a.jpg'] },
  'of other bytes under another name': {
    first: row('a', { ...other, name: 'b.jpg' }),
    copy: row('a'),
    says: ['moved Travel/a.jpg to Travel/b.jpg', 'replaced Travel/b.jpg'],
  },
  'gone from the first vault': { copy: row('a'), says: ['departed a.jpg'] },
  'gone from the first vault, whose folder is another': {
    copy: row('a'),
    folder: 'Old',
    says: ['moved Old/a.jpg to Travel/a.jpg', 'departed a.jpg'],
  },
  'gone from the first vault, without bytes': { copy: row('a', missing), says: ['forgotten a.jpg'] },
  'a RAW beside another file of the item': {
    first: row('a', { component: 'raw' }),
    copy: row('a'),
    says: ['lacking Travel/a.jpg', 'departed a.jpg'],
  },
}

describe('the plan of a copy', () => {
  for (const [what, { first, copy, folder = 'Travel', says }] of Object.entries(cases)) {
    test(what, () => {
      const plan = planAlbum(
        { folder: 'Travel', files: first === undefined ? [] : [first] },
        { folder, files: copy === undefined ? [] : [copy] },
      )
      const said = [
        ...plan.moved.map(({ from, path }) => `moved ${from} to ${path}`),
        ...(['kept', 'lacking', 'replaced', 'nowhere'] as const).flatMap((kind) => plan[kind].map(({ path }) => `${kind} ${path}`)),
        ...plan.departed.map(({ name }) => `departed ${name}`),
        ...plan.forgotten.map(({ name }) => `forgotten ${name}`),
      ]
      assert.deepEqual(said, says)
    })
  }

  test('a row keeps the bytes of the copy where the first vault lost them, and takes the words of the first vault else', () => {
    const lost = { file: row('a', { ...damaged, ...other, name: 'b.jpg' }), path: 'b.jpg', old: row('a') }
    assert.deepEqual(heldRow(lost), row('a', { name: 'b.jpg' }))
    assert.deepEqual(heldRow({ file: row('a', { serial: 2 }), path: 'a.jpg', old: row('a') }), row('a', { serial: 2 }))
  })

  test('rows of old without a SHA-256 are the same bytes by size and MD5', () => {
    assert.ok(sameBytes(row('a'), row('a', { sha256: '' })))
    assert.ok(!sameBytes(row('a'), row('a', { sha256: 'x' })))
    assert.ok(!sameBytes(row('a'), row('a', { size: 4, sha256: '' })))
  })
})

describe('the brake of a copy', () => {
  for (const [lose, replace, held, isSo] of [
    [0, 0, 0, false],
    [20, 0, 20, false],
    [21, 0, 21, true],
    [11, 10, 200, true],
    [11, 10, 210, false],
    [0, 21, 209, true],
  ] as const)
    test(`${lose} lost and ${replace} replaced of ${held}: ${isSo}`, () => assert.equal(isBraked({ lose, replace, held }, 0.1), isSo))
})
