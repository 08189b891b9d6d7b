import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startSimulator } from './simulator.ts'
import { authorization, encode, ownerOf, type Secrets, send } from './test-client.ts'
import type { Behaviour, Simulator } from './world.ts'
import { smallWorld } from './worlds/small.ts'

const OAUTH = '/services/oauth/1.0a'
const world = smallWorld()
const application: Secrets = { key: world.keys.apiKey, secret: world.keys.apiSecret }

async function started(t: { after(fn: () => Promise<void>): void }, behaviour: Behaviour = {}): Promise<Simulator> {
  const simulator = await startSimulator(world, behaviour)
  t.after(() => simulator.close())
  return simulator
}

async function requestToken(simulator: Simulator, callback: string, method = 'GET'): Promise<Secrets> {
  const url = `${simulator.apiUrl}${OAUTH}/getRequestToken?oauth_callback=${encode(callback)}`
  const answer = await send(url, { method, headers: { Authorization: authorization(url, application, {}, method) } })
  assert.equal(answer.status, 200, answer.body.toString())
  const values = new URLSearchParams(answer.body.toString())
  assert.equal(values.get('oauth_callback_confirmed'), 'true')
  return { ...application, token: values.get('oauth_token') ?? '', tokenSecret: values.get('oauth_token_secret') ?? '' }
}

/** Opens the page and presses the button, as a browser would: all fields of the form are sent. */
async function allow(
  simulator: Simulator,
  token: Secrets,
  more = '&Access=Full&Permissions=Read',
): Promise<{ readonly page: string; readonly location?: string }> {
  const shown = await send(`${simulator.apiUrl}${OAUTH}/authorize?oauth_token=${token.token}${more}`)
  assert.equal(shown.status, 200)
  const html = shown.body.toString()
  const fields = [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(
    ([, name = '', value = '']) => `${name}=${encode(value)}`,
  )
  const action = /<form method="post" action="([^"]+)">/.exec(html)?.[1] ?? ''
  assert.match(html, /<button type="submit"[^>]*>Allow<\/button>/)
  const answer = await send(`${simulator.apiUrl}${action}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: fields.join('&'),
  })
  const { location } = answer.headers
  return { page: answer.body.toString(), ...(typeof location === 'string' ? { location } : {}) }
}

async function accessToken(
  simulator: Simulator,
  token: Secrets,
  verifier: string,
  method = 'POST',
): Promise<{ readonly status: number; readonly body: string }> {
  const url = `${simulator.apiUrl}${OAUTH}/getAccessToken`
  const answer = await send(url, { method, headers: { Authorization: authorization(url, token, { oauth_verifier: verifier }, method) } })
  return { status: answer.status, body: answer.body.toString() }
}

describe('the three-step sign-in', () => {
  test('by a callback', async (t) => {
    const simulator = await started(t)
    const token = await requestToken(simulator, 'http://127.0.0.1:9/done?state=1', 'POST')
    const { location } = await allow(simulator, token)
    const target = new URL(location ?? '')
    assert.deepEqual(
      [target.host, target.searchParams.get('state'), target.searchParams.get('oauth_token')],
      ['127.0.0.1:9', '1', token.token],
    )
    const granted = await accessToken(simulator, token, target.searchParams.get('oauth_verifier') ?? '')
    assert.deepEqual(Object.fromEntries(new URLSearchParams(granted.body)), {
      oauth_token: world.keys.userToken,
      oauth_token_secret: world.keys.userSecret,
    })
    assert.equal((await ownerOf(simulator, world).get('/api/v2!authuser')).Response.User.ResponseLevel, 'Full')
    assert.deepEqual(simulator.counters.byEndpoint, { requesttoken: 1, authorize: 2, accesstoken: 1, authuser: 1 })
  })

  test('by a six-digit code, and only once', async (t) => {
    const simulator = await started(t)
    const token = await requestToken(simulator, 'oob')
    const { page, location } = await allow(simulator, token)
    const code = /id="code">(\d{6})</.exec(page)?.[1] ?? ''
    assert.equal(location, undefined)
    assert.equal((await accessToken(simulator, token, code === '111111' ? '222222' : '111111')).status, 401)
    assert.equal((await accessToken(simulator, token, code, 'GET')).status, 200)
    const again = await accessToken(simulator, token, code)
    assert.deepEqual([again.status, again.body], [401, '{"Code":401,"Message":"oauth_problem=token_rejected"}'])
  })

  test('before the owner agrees there is no access token', async (t) => {
    const simulator = await started(t)
    const token = await requestToken(simulator, 'oob')
    assert.equal((await accessToken(simulator, token, '123456')).status, 401)
  })

  test('a request token lives five minutes', async (t) => {
    const simulator = await started(t)
    const token = await requestToken(simulator, 'oob')
    simulator.setBehaviour({ clockSkewMs: 301_000 })
    const late = await send(`${simulator.apiUrl}${OAUTH}/authorize?oauth_token=${token.token}&Access=Full`)
    assert.equal(late.status, 400)
  })

  test('without a callback, or with a wrong secret, there is no request token', async (t) => {
    const simulator = await started(t)
    const url = `${simulator.apiUrl}${OAUTH}/getRequestToken`
    const absent = await send(url, { headers: { Authorization: authorization(url, application) } })
    assert.equal(absent.status, 401)
    assert.match(absent.body.toString(), /oauth_problem=parameter_absent/)
    const wrong = await send(`${url}?oauth_callback=oob`, {
      headers: { Authorization: authorization(`${url}?oauth_callback=oob`, { ...application, secret: 'wrong' }) },
    })
    assert.match(wrong.body.toString(), /oauth_problem=signature_invalid/)
  })

  test('a request without Access gets Public, and cannot raise it by asking again', async (t) => {
    const simulator = await started(t)
    const signIn = async (more: string): Promise<string> => {
      const token = await requestToken(simulator, 'oob')
      const code = /id="code">(\d{6})</.exec((await allow(simulator, token, more)).page)?.[1] ?? ''
      await accessToken(simulator, token, code)
      return (await ownerOf(simulator, world).get('/api/v2!authuser')).Response.User.ResponseLevel
    }
    assert.equal(await signIn(''), 'Public')
    assert.equal(await signIn('&Access=Full&Permissions=Read'), 'Public')
  })
})
