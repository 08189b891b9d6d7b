import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { IntegrityError, RequestError, ServiceError } from '../../../errors.ts'
import { Reach } from './reach.ts'

const silence = new RequestError('no answer', { transient: true })

describe('whether SmugMug is out of reach', () => {
  test('silences in a row end the run', () => {
    const reach = new Reach('files', 3)
    reach.failed(silence)
    reach.failed(silence)
    assert.throws(
      () => reach.failed(silence),
      (error: unknown) => error instanceof ServiceError && error.message.includes('(3 files in a row)'),
    )
  })

  const breaks: Readonly<Record<string, (reach: Reach) => void>> = {
    'an answer': (reach) => reach.answered(),
    'a refusal, which is an answer': (reach) => reach.failed(new RequestError('503', { status: 503, transient: true })),
    'a failure for good': (reach) => reach.failed(new RequestError('odd', { transient: false })),
    'wrong bytes': (reach) => reach.failed(new IntegrityError('wrong', { expected: 'a', found: 'b' })),
  }
  for (const [what, interrupt] of Object.entries(breaks)) {
    test(`${what} breaks the row`, () => {
      const reach = new Reach('files', 3)
      for (let n = 0; n < 3; n += 1) {
        reach.failed(silence)
        reach.failed(silence)
        interrupt(reach)
      }
    })
  }
})
