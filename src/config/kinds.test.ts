import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  choice,
  daysOrForever,
  folder,
  type Kind,
  list,
  percent,
  period,
  rateLimit,
  secret,
  serviceAddress,
  show,
  text,
  wholeNumber,
  yesNo,
} from './kinds.ts'

interface Case {
  readonly name: string
  readonly kind: Kind<unknown>
  readonly allowed: readonly (readonly [raw: unknown, value: unknown])[]
  readonly refused: readonly unknown[]
}

const cases: readonly Case[] = [
  {
    name: 'text',
    kind: text,
    allowed: [
      ['as it is ', 'as it is '],
      [2024, '2024'],
      [2n ** 70n, '1180591620717411303424'],
    ],
    refused: [true, 1.5, ['a'], {}, new Date()],
  },
  {
    name: 'secret',
    kind: secret,
    allowed: [
      [' abc\n', 'abc'],
      [123, '123'],
    ],
    refused: [false, ['a'], {}],
  },
  {
    name: 'yesNo',
    kind: yesNo,
    allowed: [
      ...[true, 1, '1', 't', 'T', 'true', 'TRUE', 'True', ' true '].map((raw) => [raw, true] as const),
      ...[false, 0, '0', 'f', 'F', 'false', 'FALSE', 'False'].map((raw) => [raw, false] as const),
    ],
    refused: ['yes', 'on', 2, -1, ['true'], {}],
  },
  {
    name: 'wholeNumber(1, 250)',
    kind: wholeNumber(1, 250),
    allowed: [
      [1, 1],
      ['10', 10],
      [' +7 ', 7],
      [250, 250],
    ],
    refused: [
      0,
      -1,
      251,
      1e9,
      1e308,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      'Infinity',
      'nan',
      '1e2',
      '10 %',
      1.5,
      '1.5',
      'ten',
      true,
      '9'.repeat(20),
      2n ** 70n,
      [],
      {},
    ],
  },
  {
    name: 'percent',
    kind: percent,
    allowed: [
      ['10%', 0.1],
      ['0%', 0],
      ['100 %', 1],
      ['2.5%', 0.025],
    ],
    refused: [10, 0.1, '10', '101%', '-1%', '%', true],
  },
  {
    name: 'daysOrForever',
    kind: daysOrForever,
    allowed: [
      [90, 90],
      ['90', 90],
      [0, 0],
      ['forever', 'forever'],
      ['Forever', 'forever'],
    ],
    refused: [-1, 'never', '1.5', '30d', true],
  },
  {
    name: 'choice',
    kind: choice('keep', 'trash'),
    allowed: [
      ['keep', 'keep'],
      ['TRASH', 'trash'],
    ],
    refused: ['delete', 1, true, ['keep']],
  },
  {
    name: 'list of texts',
    kind: list('a list', text),
    allowed: [
      [[], []],
      ['a', ['a']],
      ['a, b,\nc,', ['a', 'b', 'c']],
      [
        ['a', 'with, comma', 2024],
        ['a', 'with, comma', '2024'],
      ],
      [[' ', ''], []],
      [2024, ['2024']],
    ],
    refused: [true, [true], [['a']], {}],
  },
  {
    name: 'list of choices',
    kind: list('a list of "xmp"', choice('xmp')),
    allowed: [['XMP', ['xmp']]],
    refused: [['xmp', 'json'], 'json'],
  },
  {
    name: 'serviceAddress',
    kind: serviceAddress,
    allowed: [
      ['https://api.smugmug.com', 'https://api.smugmug.com'],
      ['https://api.smugmug.com/', 'https://api.smugmug.com'],
      ['http://127.0.0.1:3000/base//', 'http://127.0.0.1:3000/base'],
    ],
    refused: ['api.smugmug.com', 'ftp://x', 'https://', 'https://u:p@x', 'https://x/?a=b', 'https://x/#a', 5, true],
  },
  { name: 'folder', kind: folder, allowed: [['/mnt/photos/', '/mnt/photos/']], refused: ['photos', './photos', '~/photos', 5, ['/a']] },
  {
    name: 'rateLimit',
    kind: rateLimit,
    allowed: [[500_000, [{ from: 0, to: 1440, rate: 500_000 }]]],
    refused: ['fast', true, ['2M'], 1, 999, '0.4', 'Infinity', '1e9', '5000000G'],
  },
  {
    name: 'period',
    kind: period,
    allowed: [[2024, { text: '2024', start: 1704067200000, end: 1735689600000 }]],
    refused: ['soon', 24, true],
  },
]

for (const { name, kind, allowed, refused } of cases) {
  describe(name, () => {
    for (const [raw, value] of allowed) test(`${show(raw)} is read`, () => assert.deepEqual(kind.read(raw), value))
    for (const raw of refused) test(`${show(raw)} is refused`, () => assert.equal(kind.read(raw), undefined))
  })
}

test('a value is shown short, and without a password in an address', () => {
  assert.equal(show('https://me:hunter2@host/'), '"https://…@host/"')
  assert.equal(show(['a', 1, true]), '["a", 1, true]')
  assert.equal(show({ a: 1 }), 'a table')
  assert.ok(show('x'.repeat(1000)).length < 100)
})
