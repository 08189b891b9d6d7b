import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSessions } from './session.ts'

test('a clock that is set back by a day keeps nobody out for a day', async () => {
  let now = Date.UTC(2026, 10, 30)
  const sessions = openSessions({ name: 'page', password: 'right', now: () => now })
  for (let tries = 0; tries < 5; tries += 1) assert.equal(await sessions.tryPassword('wrong'), 'wrong')
  assert.equal(await sessions.tryPassword('right'), 'too many')
  assert.ok(sessions.waitMs() <= 60_000)
  now -= 86_400_000
  assert.equal(sessions.waitMs(), 0)
  assert.equal(typeof (await sessions.tryPassword('right')), 'object')
})
