import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { startSimulator } from '../../../simulator/simulator.ts'
import type { Behaviour } from '../../../simulator/world.ts'
import { KEYS } from '../../../simulator/worlds/make.ts'
import { smallWorld } from '../../../simulator/worlds/small.ts'
import { ServiceError, SignInError } from '../../errors.ts'
import { systemClock } from '../../flow/clock.ts'
import { accessToken, authorizeUrl, catchCallback, requestToken, SHOW_A_CODE } from './sign-in.ts'

const setUp = async (t: TestContext, behaviour: Behaviour = {}) => {
  const simulator = await startSimulator(smallWorld(), behaviour)
  t.after(() => simulator.close())
  const { apiKey, apiSecret } = KEYS
  return {
    simulator,
    options: { baseUrl: simulator.apiUrl, apiKey, apiSecret, userAgent: 'test', clock: systemClock, emit: () => {}, maxRetries: 0 },
  }
}

const listening = async (t: TestContext) => {
  const callback = await catchCallback()
  t.after(() => callback.close())
  return callback
}

/**
 * Plays the owner in front of a browser: looks at the page and presses the button. Resolves to the address that the browser is led to, and
 * the page.
 */
const allow = async (address: string): Promise<{ location: string | null; page: string }> => {
  assert.match(await (await fetch(address)).text(), /Access: <b id="access">Full<\/b>, permissions: <b id="permissions">Read<\/b>/)
  const body = new URLSearchParams(new URL(address).searchParams)
  const answer = await fetch(address.replace(/\?.*/, ''), { method: 'POST', body, redirect: 'manual' })
  return { location: answer.headers.get('location'), page: await answer.text() }
}

test('the address asks for everything, to read', () => {
  const url = new URL(authorizeUrl('https://api.smugmug.com/', 'a token'))
  assert.equal(url.href.replace(/\?.*/, ''), 'https://api.smugmug.com/services/oauth/1.0a/authorize')
  assert.deepEqual(Object.fromEntries(url.searchParams), { oauth_token: 'a token', Access: 'Full', Permissions: 'Read' })
})

test('three steps, by a browser that comes back to this machine', async (t) => {
  const { options } = await setUp(t)
  const callback = await listening(t)
  assert.match(callback.url, /^http:\/\/127\.0\.0\.1:\d+\//)
  const request = await requestToken(options, callback.url)
  const coming = callback.verifier(request.token)
  const { location } = await allow(authorizeUrl(options.baseUrl, request.token))
  const page = await fetch(location ?? '')
  assert.equal(page.status, 200)
  assert.match(await page.text(), /You may close this page/)
  assert.deepEqual(await accessToken(options, { request, verifier: await coming }), { token: KEYS.userToken, secret: KEYS.userSecret })
})

test('three steps, by a code that is typed in', async (t) => {
  const { options } = await setUp(t)
  const request = await requestToken(options, SHOW_A_CODE)
  const { page } = await allow(authorizeUrl(options.baseUrl, request.token))
  const verifier = /<p id="code">(\d{6})<\/p>/.exec(page)?.[1] ?? assert.fail(page)
  assert.deepEqual(await accessToken(options, { request, verifier: ` ${verifier}\n` }), { token: KEYS.userToken, secret: KEYS.userSecret })
})

describe('what SmugMug refuses', () => {
  test('an API key', async (t) => {
    const { options } = await setUp(t)
    await assert.rejects(
      requestToken({ ...options, apiKey: 'wrong' }, SHOW_A_CODE),
      (error) => error instanceof SignInError && /API key/.test(error.message),
    )
  })
  test('an API secret', async (t) => {
    const { options } = await setUp(t)
    await assert.rejects(
      requestToken({ ...options, apiSecret: 'wrong' }, SHOW_A_CODE),
      (error) => error instanceof SignInError && /api_secret/.test(error.message),
    )
  })
  test('a code', async (t) => {
    const { options } = await setUp(t)
    const request = await requestToken(options, SHOW_A_CODE)
    await allow(authorizeUrl(options.baseUrl, request.token))
    await assert.rejects(
      accessToken(options, { request, verifier: '0' }),
      (error) => error instanceof SignInError && /code/.test(error.message),
    )
  })
  test('the time', async (t) => {
    const { options } = await setUp(t, { clockSkewMs: 2 * 3_600_000 })
    await assert.rejects(
      requestToken(options, SHOW_A_CODE),
      (error) => error instanceof SignInError && /2 hours.* behind|1 hour 59 minutes behind/.test(error.message),
    )
  })
  test('nothing, but it does not answer as it should', async (t) => {
    const { options } = await setUp(t, { faults: [{ on: 'requesttoken', does: { kind: 'html' } }] })
    await assert.rejects(requestToken(options, SHOW_A_CODE), ServiceError)
  })
})

describe('the callback', () => {
  test('sends strangers away and goes on waiting', async (t) => {
    const callback = await listening(t)
    const early = await fetch(`${callback.url}?oauth_token=mine&oauth_verifier=123456`)
    assert.equal(early.status, 404, 'nobody waits yet')
    const coming = callback.verifier('mine')
    const strangers = [
      `${callback.url}?oauth_token=other&oauth_verifier=666666`,
      `${callback.url}?oauth_token=mine`,
      callback.url.replace(/[^/]*$/, 'favicon.ico'),
    ]
    for (const address of strangers) assert.equal((await fetch(address)).status, 404, address)
    assert.equal((await fetch(`${callback.url}?oauth_token=mine&oauth_verifier=666666`, { method: 'POST' })).status, 404)
    await fetch(`${callback.url}?oauth_token=mine&oauth_verifier=123456`)
    assert.equal(await coming, '123456')
  })

  test('answers no other name than this machine’s', async (t) => {
    const callback = await listening(t)
    const coming = callback.verifier('mine')
    const foreign = await fetch(`${callback.url.replace('127.0.0.1', 'localhost')}?oauth_token=mine&oauth_verifier=666666`)
    assert.equal(foreign.status, 404)
    await fetch(`${callback.url}?oauth_token=mine&oauth_verifier=1`)
    assert.equal(await coming, '1')
  })

  test('reports when it was not allowed', async (t) => {
    const callback = await listening(t)
    const refused = assert.rejects(callback.verifier('mine'), SignInError)
    await fetch(`${callback.url}?oauth_token=mine&oauth_problem=user_refused`)
    await refused
  })

  test('stops waiting when aborted', async (t) => {
    const callback = await listening(t)
    const controller = new AbortController()
    const stopped = assert.rejects(callback.verifier('mine', controller.signal), /enough/)
    controller.abort(new Error('enough'))
    await stopped
  })

  test('closes although a browser keeps a connection open', async () => {
    const callback = await catchCallback()
    const { connect } = await import('node:net')
    const socket = connect(Number(new URL(callback.url).port), '127.0.0.1')
    await new Promise((resolve) => socket.once('connect', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    await callback.close()
    await closed
  })
})
