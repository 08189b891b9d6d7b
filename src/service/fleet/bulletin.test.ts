import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ServiceError } from '../../errors.ts'
import { FakeClock } from '../../flow/clock.ts'
import { bulletin, keepReporting } from './bulletin.ts'
import { nextStep } from './next-step.ts'

const waiting = (name: string, exitCode: number) => ({
  name,
  exitCode,
  message: `It failed. ${'x'.repeat(500)}`,
  waits: true,
  code: String(exitCode),
})

describe('the bulletin of a fleet', () => {
  test('names each account with its sentence and the next command', () => {
    const { title, text, state } = bulletin([waiting('Ann', 2), waiting('Bob', 7)], 0)
    assert.deepEqual([title, state], ['SmugMug fleet: 2 accounts wait for you', 'began'])
    assert.match(
      text,
      /^Ann: It failed\. x+ When it is mended: smugmug-backup fleet run Ann\nBob: .* smugmug-backup fleet run Bob --accept-changes$/,
    )
  })

  test('of very many accounts is no longer than a chat takes, and has a title of plain letters', () => {
    const { title, text } = bulletin(
      Array.from({ length: 900 }, (_, at) => waiting(`Jürgen ${at}`, 4)),
      0,
    )
    assert.equal(title, 'SmugMug fleet: 900 accounts wait for you')
    assert.ok(text.length <= 1800)
    assert.match(text, /Jürgen 4/)
  })
})

test('news that went out while the database is away are noted once it is back, and hold up no others', async () => {
  const clock = new FakeClock()
  const stop = new AbortController()
  const sent: string[] = []
  const noted: string[] = []
  let isAway = true
  const reporting = keepReporting({
    database: {
      takeNews: async () => (noted.length === 0 ? [waiting('Ann', 4), { name: 'Bob', waits: false, exitCode: 0 }] : []),
      noteReported: async (news) => {
        if (isAway) throw new ServiceError('The database is away.')
        noted.push(...news.map(({ name }) => name))
      },
    },
    clock,
    signal: stop.signal,
    send: async ({ title }) => sent.push(title) > 0,
  })
  await clock.advance(60_000)
  assert.equal(sent.length, 2)
  isAway = false
  await clock.advance(60_000)
  stop.abort()
  await reporting
  assert.deepEqual([sent.length, noted], [2, ['Ann', 'Bob']])
})

describe('the next step', () => {
  for (const [exitCode, command] of [
    [1, "When it is mended: smugmug-backup fleet run 'Ann'\\''s'"],
    [4, "Next: smugmug-backup fleet login 'Ann'\\''s', then smugmug-backup fleet run 'Ann'\\''s'"],
    [7, "If these changes are meant: smugmug-backup fleet run 'Ann'\\''s' --accept-changes"],
    [undefined, "When it is mended: smugmug-backup fleet run 'Ann'\\''s'"],
  ] as const)
    test(`after exit code ${exitCode ?? 'none'} can be copied into a shell`, () =>
      assert.equal(nextStep({ name: "Ann's", exitCode }), command))
})
