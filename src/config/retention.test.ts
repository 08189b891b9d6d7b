import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { retention } from './retention.ts'

describe('keep_versions', () => {
  const kept = (days: number, weeks: number, months: number, years: number) => ({ days, weeks, months, years })
  const allowed: readonly (readonly [unknown, unknown])[] = [
    ['forever', 'forever'],
    [' Forever ', 'forever'],
    ['7d 5w 12m 10y', kept(7, 5, 12, 10)],
    ['10y,12M', kept(0, 0, 12, 10)],
    ['0d 1w', kept(0, 1, 0, 0)],
    [kept(7, 0, 0, 0), kept(7, 0, 0, 0)],
  ]
  for (const [raw, value] of allowed) test(`takes ${JSON.stringify(raw)}`, () => assert.deepEqual(retention.read(raw), value))
  const refused = [
    '',
    '7',
    '7x',
    'd',
    '-1d',
    '1.5d',
    '7d 8d',
    '0d',
    '7 d',
    'never',
    '999999d',
    7,
    true,
    {},
    kept(0, 0, 0, 0),
    kept(-1, 0, 0, 2),
  ]
  for (const raw of [...refused, { ...kept(1, 1, 1, 1), more: 1 }])
    test(`refuses ${JSON.stringify(raw)}`, () => assert.equal(retention.read(raw), undefined))
})
