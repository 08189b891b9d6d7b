import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { type Failure, nextStep, type ServerHints, type Situation } from './retry.ts'

const NOW = Date.parse('2026-11-01T12:00:00Z')

const after = (failure: Failure, more: Partial<Situation> = {}) =>
  nextStep({ failure, retries: 0, maxRetries: 6, spentMs: 0, indulgedMs: 0, now: NOW, random: 0.5, ...more })

const status = (code: number, hints: ServerHints = {}, oauthProblem?: string): Failure => ({
  kind: 'status',
  status: code,
  hints,
  ...(oauthProblem === undefined ? {} : { oauthProblem }),
})

const broken: Failure = { kind: 'network', reason: 'broke the connection off (ECONNRESET)' }

describe('what is transient', () => {
  for (const code of [408, 429, 500, 502, 503, 504, 599]) test(`${code} is`, () => assert.equal(after(status(code)).action, 'retry'))
  for (const code of [301, 304, 400, 401, 402, 403, 404, 405, 409, 410, 416]) {
    test(`${code} is not`, () =>
      assert.deepEqual({ ...after(status(code)), reason: '' }, { action: 'give up', reason: '', transient: false }))
  }
  test('a broken connection, and an answer that is none, are', () => {
    assert.equal(after(broken).action, 'retry')
    assert.equal(after({ kind: 'answer', status: 200, reason: 'answered with a web page' }).action, 'retry')
  })
  test('nonce_used is, other OAuth problems are not', () => {
    assert.equal(after(status(401, {}, 'nonce_used')).action, 'retry')
    assert.equal(after(status(401, {}, 'token_rejected')).action, 'give up')
  })
})

describe('without a hint', () => {
  test('waits grow, and are given up after the given number of retries', () => {
    const waits = [0, 1, 2, 3, 4, 5].map((retries) => after(broken, { retries }))
    assert.deepEqual(
      waits.map((step) => step.action === 'retry' && step.waitMs),
      [500, 1000, 2000, 4000, 8000, 16000],
    )
    assert.ok(waits.every((step) => step.action === 'retry' && step.counted && !step.everybodyWaits))
    assert.deepEqual(after(broken, { retries: 6 }), { action: 'give up', reason: broken.reason, transient: true })
  })

  test('no retries is a number too', () => {
    assert.equal(after(broken, { maxRetries: 0 }).action, 'give up')
  })

  test('a request is given up within about a minute, however many retries are allowed', () => {
    fc.assert(
      fc.property(fc.constantFrom(broken, status(503), status(429)), fc.double({ min: 0, max: 1, noNaN: true }), (failure, random) => {
        let spentMs = 0
        for (let retries = 0; ; retries += 1) {
          const step = after(failure, { retries, maxRetries: 1000, spentMs, random })
          if (step.action === 'give up') break
          spentMs += step.waitMs
        }
        assert.ok(spentMs >= 30_000 && spentMs <= 60_000, `${spentMs} ms`)
      }),
    )
  })

  test('a first try that took longer than the patience is repeated once', () => {
    assert.equal(after(broken, { spentMs: 90_000 }).action, 'retry')
    assert.equal(after(broken, { spentMs: 180_000, retries: 1 }).action, 'give up')
  })

  test('a 429 pauses everybody, for longer than a hiccup', () => {
    const step = after(status(429))
    assert.deepEqual(step, {
      action: 'retry',
      reason: 'answered 429 (too many requests)',
      waitMs: 5000,
      counted: true,
      indulged: false,
      everybodyWaits: true,
    })
  })

  test('jitter spreads a wait by a quarter each way', () => {
    assert.deepEqual(
      [after(broken, { random: 0 }), after(broken, { random: 1 })].map((step) => step.action === 'retry' && step.waitMs),
      [375, 625],
    )
  })
})

describe('what the server asks for', () => {
  const asked = (failure: Failure, more: Partial<Situation> = {}) => {
    const step = after(failure, more)
    const limited = failure.kind === 'status' && failure.status === 429
    const obeyed = step.action === 'retry' && !step.counted && step.everybodyWaits === limited && step.indulged === !limited
    return obeyed ? step.waitMs : undefined
  }
  const seconds = (count: number): string => String(NOW / 1000 + count)

  test('Retry-After in seconds is obeyed in full, whatever was spent', () => {
    const hour = status(429, { retryAfter: '86400' })
    assert.equal(asked(hour), 86_400_000)
    assert.equal(asked(hour, { retries: 6, spentMs: 10_000_000 }), 86_400_000)
    assert.equal(asked(hour, { maxRetries: 0 }), 86_400_000)
    assert.equal(asked(status(503, { retryAfter: '120' })), 120_000)
  })

  test('Retry-After as a date is meant by the server’s clock', () => {
    const retryAfter = 'Sun, 01 Nov 2026 12:10:00 GMT'
    assert.equal(asked(status(503, { retryAfter })), 600_000)
    assert.equal(asked(status(503, { retryAfter, date: 'Sun, 01 Nov 2026 12:09:00 GMT' })), 60_000)
  })

  test('X-RateLimit-Reset is obeyed after a 429, by the server’s clock', () => {
    assert.equal(asked(status(429, { rateLimitReset: seconds(90) })), 90_000)
    const ahead = { rateLimitReset: seconds(3690), date: 'Sun, 01 Nov 2026 13:00:00 GMT' }
    assert.equal(asked(status(429, ahead)), 90_000)
    assert.equal(asked(status(429, { ...ahead, retryAfter: '7' })), 7000, 'Retry-After says it more plainly')
  })

  test('X-RateLimit-Reset stands on every answer: a 500 is not about it', () => {
    assert.equal(asked(status(500, { rateLimitReset: seconds(90) })), undefined)
  })

  test('other answers are obeyed for half an hour in all, then tries count', () => {
    const hour = status(503, { retryAfter: '3600' })
    assert.equal(asked(hour), 1_800_000)
    assert.equal(asked(hour, { indulgedMs: 1_200_000, retries: 6, spentMs: 70_000 }), 600_000)
    const step = after(hour, { indulgedMs: 1_800_000 })
    assert.ok(step.action === 'retry' && step.counted && step.waitMs === 500)
    assert.equal(after(hour, { indulgedMs: 1_800_000, retries: 6 }).action, 'give up')
  })

  for (const hints of [{ retryAfter: '99999999999' }, { rateLimitReset: String(NOW + 60_000) }, { rateLimitReset: 'Infinity' }]) {
    test(`nobody means to wait longer than a year: ${JSON.stringify(hints)}`, () => {
      for (const code of [429, 503]) {
        const step = after(status(code, hints))
        assert.ok(step.action === 'retry' && step.counted)
      }
    })
  }

  test('a window that is over in less than our own back-off is none', () => {
    const step = after(status(429, { rateLimitReset: String(NOW / 1000 + 0.001) }))
    assert.ok(step.action === 'retry' && step.counted && step.waitMs === 5000)
  })

  for (const retryAfter of ['0', '0.001', '0.999', '1e-9', '-5', '', 'soon', 'Sun, 01 Nov 2026 11:00:00 GMT', 'Infinity']) {
    test(`"${retryAfter}" is no wait: our own back-off keeps us from hammering`, () => {
      const step = after(status(503, { retryAfter }))
      assert.ok(step.action === 'retry' && step.counted && step.waitMs === 500)
    })
  }
})
