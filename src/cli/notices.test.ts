import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lostWords } from './notices.ts'

test('a message that reached some people is not said to have gone nowhere', () => {
  const [way, refused] = ['mail by smtp.example.org', 'was refused for 1 of 2 people']
  assert.equal(lostWords({ way, trouble: refused, isPartly: true }), `A message did not reach everybody: ${way} ${refused}.`)
  assert.equal(lostWords({ way, trouble: 'refused the mail (554)' }), `A message did not go out: ${way} refused the mail (554).`)
})
