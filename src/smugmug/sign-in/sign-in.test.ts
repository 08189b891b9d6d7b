import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { startSimulator } from '../../../simulator/simulator.ts'
import type { Behaviour } from '../../../simulator/world.ts'
import { KEYS } from '../../../simulator/worlds/make.ts'
import { smallWorld } from '../../../simulator/worlds/small.ts'
import { ServiceError, SignInError } from '../../errors.ts'
import { systemClock } from '../../flow/clock.ts'
import { accessToken, authorizeUrl, catchCallback, readCode, requestToken, SHOW_A_CODE } from './sign-in.ts'

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

test('a code has six digits, with spaces and dashes anywhere', () => {
  for (const text of ['123456', ' 123 456\n', '123-456', '12–34–56', '1 2 3 4 5 6']) assert.equal(readCode(text), '123456', text)
  for (const text of ['', '12', '1234567', '12345a', '123.456', '１２３４５６']) assert.equal(readCode(text), undefined, text)
})

test('the address asks for everything, to read', () => {
  const url = new URL(authorizeUrl('https://api.smugmug.com/', 'a token', 'Read'))
  assert.equal(url.href.replace(/\?.*/, ''), 'https://api.smugmug.com/services/oauth/1.0a/authorize')
  assert.deepEqual(Object.fromEntries(url.searchParams), { oauth_token: 'a token', Access: 'Full', Permissions: 'Read' })
})

test('three steps, by a browser that comes back to this machine', async (t) => {
  const { options } = await setUp(t)
  const callback = await listening(t)
  assert.match(callback.url, /^http:\/\/127\.0\.0\.1:\d+\//)
  const request = await requestToken(options, callback.url)
  const coming = callback.verifier(request.token)
  const { location } = await allow(authorizeUrl(options.baseUrl, request.token, 'Read'))
  let shown = false
  const page = fetch(location ?? '').then(async (answer) => {
    shown = true
    assert.equal(answer.status, 200)
    return answer.text()
  })
  assert.deepEqual(await accessToken(options, { request, verifier: await coming }), { token: KEYS.userToken, secret: KEYS.userSecret })
  assert.equal(shown, false, 'nobody is thanked before the tokens are here')
  callback.answer('signed in')
  assert.match(await page, /Thank you/)
})

test('three steps, by a code that is typed in', async (t) => {
  const { options } = await setUp(t)
  const request = await requestToken(options, SHOW_A_CODE)
  const { page } = await allow(authorizeUrl(options.baseUrl, request.token, 'Read'))
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
      (error) => error instanceof SignInError && /API secret/.test(error.message),
    )
  })
  test('a code', async (t) => {
    const { options } = await setUp(t)
    const request = await requestToken(options, SHOW_A_CODE)
    await allow(authorizeUrl(options.baseUrl, request.token, 'Read'))
    await assert.rejects(
      accessToken(options, { request, verifier: '0' }),
      (error) => error instanceof SignInError && /code/.test(error.message),
    )
  })
  const bodies = [
    ['a form', 'oauth_problem=consumer_key_unknown', {}],
    ['JSON', '{"oauth_problem":"consumer_key_unknown"}', { 'Content-Type': 'application/json' }],
    ['plain text', 'consumer_key_unknown', { 'Content-Type': 'text/plain' }],
    ['a header', '', { 'WWW-Authenticate': 'OAuth realm="x", oauth_problem="consumer_key_unknown"' }],
  ] as const
  for (const [form, body, headers] of bodies) {
    for (const status of [400, 401, 403]) {
      test(`an API key, with ${status} in ${form}`, async (t) => {
        const { options } = await setUp(t, { faults: [{ on: 'requesttoken', does: { kind: 'status', status, body, headers } }] })
        await assert.rejects(
          requestToken(options, SHOW_A_CODE),
          (error) => error instanceof SignInError && error.problem === 'consumer_key_unknown' && !/login/.test(error.hint ?? ''),
        )
      })
    }
  }
  test('in plain words, without a secret that the server repeats', async (t) => {
    const body = `Invalid API Key ${KEYS.apiKey}`
    const { options } = await setUp(t, { faults: [{ on: 'requesttoken', does: { kind: 'status', status: 401, body } }] })
    await assert.rejects(
      requestToken(options, SHOW_A_CODE),
      (error) => error instanceof SignInError && /Invalid API Key/.test(error.message) && !error.message.includes(KEYS.apiKey),
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
    const [first, again] = [1, 2].map(() => fetch(`${callback.url}?oauth_token=mine&oauth_verifier=123456`))
    assert.equal(await coming, '123456')
    callback.answer('signed in')
    for (const page of [first, again]) assert.match((await (await page)?.text()) ?? '', /Thank you/)
  })

  test('says that it failed when it is closed without an end, and nothing of another host is in any page', async () => {
    const callback = await catchCallback()
    const coming = callback.verifier('mine')
    const page = fetch(`${callback.url}?oauth_token=mine&oauth_verifier=123456`)
    await coming
    const [answer] = await Promise.all([page, callback.close()])
    const html = await answer.text()
    assert.match(html, /Not signed in/)
    assert.doesNotMatch(html, /Thank you|https?:|src=|@import|url\(/)
    assert.match(answer.headers.get('Content-Security-Policy') ?? '', /default-src 'none'/)
    await assert.rejects(fetch(callback.url), 'the port is free again')
  })

  test('answers no other name than this machine’s', async (t) => {
    const callback = await listening(t)
    const coming = callback.verifier('mine')
    const foreign = await fetch(`${callback.url.replace('127.0.0.1', 'localhost')}?oauth_token=mine&oauth_verifier=666666`)
    assert.equal(foreign.status, 404)
    const page = fetch(`${callback.url}?oauth_token=mine&oauth_verifier=1`)
    assert.equal(await coming, '1')
    callback.answer('signed in')
    await page
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
