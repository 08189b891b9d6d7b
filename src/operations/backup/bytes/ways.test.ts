import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { itemWith } from '../../../../test/support/item.ts'
import type { Availability, Item, Source } from '../../../model.ts'
import type { FileRow, StrayRow } from '../../../vault/catalogue/rows.ts'
import { chooseWay, hasBytesOf } from './ways.ts'

const source: Source = { url: 'https://photos.example.com/x', grade: 'original', size: 100, md5: 'aaa' }
/** A source as for a video: SmugMug gives a size and no MD5. */
const sized: Source = { url: source.url, grade: 'rendition', size: 100 }
const bare: Source = { url: source.url, grade: 'original' }

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

describe('the way the bytes come', () => {
  const stray: StrayRow = { path: 'old.jpg', size: 100, mark: '1', md5: 'aaa', sha256: 's' }
  const other = { ...held, albumKey: 'L' }
  const third = { ...held, albumKey: 'M' }
  const cases: Readonly<Record<string, readonly [known: Parameters<typeof chooseWay>[0], way: ReturnType<typeof chooseWay>]>> = {
    'over the line when nothing is known': [{ elsewhere: [], strays: [], hasLeft: () => true }, { kind: 'fetch' }],
    'from a stray': [
      { elsewhere: [], strays: [stray], hasLeft: () => true },
      { kind: 'adopt', from: stray },
    ],
    'from another album': [
      { elsewhere: [other, third], strays: [], hasLeft: () => false },
      { kind: 'copy', from: other },
    ],
    'from a stray nearby rather than from another album, or it would be left over': [
      { elsewhere: [other], strays: [stray], hasLeft: () => false },
      { kind: 'adopt', from: stray },
    ],
    'from the album that the item has left, before any other': [
      { elsewhere: [other, third], strays: [stray], hasLeft: (file) => file === third },
      { kind: 'move', from: third },
    ],
  }
  for (const [what, [known, way]] of Object.entries(cases)) test(what, () => assert.deepEqual(chooseWay(known), way))
})

describe('whether a file has the bytes of a source', () => {
  const item = itemOf(unresolved, 3)
  const cases: Readonly<Record<string, readonly [source: Source, file: Partial<FileRow>, has: boolean]>> = {
    'the MD5, of any item': [source, { imageKey: 'other', serial: undefined, grade: 'rendition' }, true],
    'the MD5, and no size told': [{ ...source, size: undefined } as unknown as Source, {}, true],
    'the MD5, and another size': [{ ...source, size: 99 }, {}, false],
    'another MD5': [{ ...source, md5: 'bbb' }, {}, false],
    'another MD5, which was told of it': [{ ...source, md5: 'bbb' }, { toldMd5: 'bbb' }, false],
    'no MD5: image, serial, grade and size': [sized, { grade: 'rendition' }, true],
    'no MD5: the size that was told then': [sized, { grade: 'rendition', size: 90 }, true],
    'no MD5: another image': [sized, { grade: 'rendition', imageKey: 'other' }, false],
    'no MD5: another serial': [sized, { grade: 'rendition', serial: 4 }, false],
    'no MD5: no serial': [sized, { grade: 'rendition', serial: undefined }, false],
    'a better grade of the same serial': [{ ...source, grade: 'fallback', md5: 'bbb', size: 90 }, {}, true],
    'no MD5: a better grade, of another size': [sized, { grade: 'original', size: 90, toldSize: 90 }, true],
    'no MD5: a better grade of another serial': [sized, { grade: 'original', serial: 4 }, false],
    'no MD5: a lesser grade': [sized, { grade: 'fallback' }, false],
    'no MD5: another size': [sized, { grade: 'rendition', size: 90, toldSize: 90 }, false],
    'nothing but image, serial and grade': [bare, { size: 7, toldSize: undefined }, true],
  }
  for (const [what, [wanted, file, has]] of Object.entries(cases)) {
    test(`${has}: ${what}`, () => assert.equal(hasBytesOf(wanted, item, { ...held, ...file }), has))
  }

  test('an item without a serial never has, unless the MD5 proves it', () => {
    assert.equal(hasBytesOf(sized, itemOf(unresolved), { ...held, grade: 'rendition', serial: undefined }), false)
    assert.equal(hasBytesOf(source, itemOf(unresolved), held), true)
  })
})
