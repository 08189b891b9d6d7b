import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { allParameters, baseString, formParameters, headerParameters, OAuthGate, type OAuthSecrets, type ReceivedRequest } from './oauth.ts'
import { startSimulator } from './simulator.ts'
import { authorization, encode, ownerOf, send } from './test-client.ts'
import { smallWorld } from './worlds/small.ts'

/** RFC 5849, section 3.4.1.1. */
const BASE_EXAMPLE: ReceivedRequest = {
  method: 'POST',
  host: 'example.com',
  path: '/request',
  query: 'b5=%3D%253D&a3=a&c%40=&a2=r%20b',
  authorization:
    'OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", oauth_token="kkk9d7dh3k39sjv7", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="7d8f3e4a", oauth_signature="bYT5CMsGcbgUdFHObYMEfcx6bsw%3D"',
  form: 'c2&a3=2+q',
}
const BASE_STRING =
  'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26' +
  'oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26' +
  'oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7'

/** RFC 5849, section 1.2. */
const PHOTOS_EXAMPLE: ReceivedRequest = {
  method: 'GET',
  host: 'photos.example.net',
  path: '/photos',
  query: 'file=vacation.jpg&size=original',
  authorization:
    'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131202", oauth_nonce="chapoH", oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"',
}
const PHOTOS_SECRETS: OAuthSecrets = {
  consumerSecret: (key) => (key === 'dpf43f3p2l4k3l03' ? 'kd94hf93k423kf44' : undefined),
  tokenSecret: (token) => (token === 'nnch734d00sl2jdk' ? 'pfkkdhi9sl3r4s00' : undefined),
}
const PHOTOS_TIME = 137_131_202_000

describe('OAuth 1.0a against the examples of RFC 5849', () => {
  test('the base string of section 3.4.1.1', () => {
    assert.equal(baseString('post', 'http://example.com/request', allParameters(BASE_EXAMPLE)), BASE_STRING)
  })

  test('the photos of section 1.2 pass, once', () => {
    const gate = new OAuthGate()
    const first = gate.check(PHOTOS_EXAMPLE, PHOTOS_SECRETS, PHOTOS_TIME)
    assert.equal(first.ok && first.token, 'nnch734d00sl2jdk')
    assert.deepEqual(gate.check(PHOTOS_EXAMPLE, PHOTOS_SECRETS, PHOTOS_TIME), { ok: false, problem: 'oauth_problem=nonce_used' })
  })

  test('a nonce cannot come back while its timestamp would still pass', () => {
    const gate = new OAuthGate()
    assert.ok(gate.check(PHOTOS_EXAMPLE, PHOTOS_SECRETS, PHOTOS_TIME - 299_000).ok)
    const again = gate.check(PHOTOS_EXAMPLE, PHOTOS_SECRETS, PHOTOS_TIME + 299_000)
    assert.deepEqual(again, { ok: false, problem: 'oauth_problem=nonce_used' })
  })

  const refused = (change: Partial<ReceivedRequest>, now = PHOTOS_TIME): string => {
    const result = new OAuthGate().check({ ...PHOTOS_EXAMPLE, ...change }, PHOTOS_SECRETS, now)
    assert.ok(!result.ok)
    return result.problem
  }
  const header = (from: RegExp, to: string): Partial<ReceivedRequest> => ({
    authorization: PHOTOS_EXAMPLE.authorization?.replace(from, to) ?? '',
  })

  test('anything that was changed after signing is refused', () => {
    for (const change of [
      { method: 'POST' },
      { host: 'photos.example.net:8080' },
      { path: '/photo' },
      { query: 'file=vacation.jpg&size=small' },
    ]) {
      assert.match(refused(change), /^oauth_problem=signature_invalid&debug_sbs=(GET|POST)%26http%253A/)
    }
  })

  test('each other problem has its name', () => {
    assert.equal(refused(header(/dpf43f3p2l4k3l03/, 'nobody')), 'oauth_problem=consumer_key_unknown')
    assert.equal(refused(header(/nnch734d00sl2jdk/, 'revoked')), 'oauth_problem=token_rejected')
    assert.equal(refused({}, PHOTOS_TIME + 301_000), 'oauth_problem=timestamp_refused')
    assert.equal(refused({}, PHOTOS_TIME - 301_000), 'oauth_problem=timestamp_refused')
    assert.equal(refused(header(/ oauth_nonce="chapoH",/, '')), 'oauth_problem=parameter_absent&oauth_parameters_absent=oauth_nonce')
    assert.equal(refused(header(/ oauth_token="\w+",/, '')), 'oauth_problem=parameter_absent&oauth_parameters_absent=oauth_token')
    assert.equal(refused(header(/HMAC-SHA1/, 'MD5')), 'oauth_problem=signature_method_rejected')
    assert.match(refused({ authorization: '' }), /^oauth_problem=parameter_absent/)
  })

  test('a raw + or / in the header is not what was signed', () => {
    assert.deepEqual(headerParameters('OAuth a="x%2By", b="x+y"'), [
      ['a', 'x+y'],
      ['b', 'x+y'],
    ])
    assert.deepEqual(formParameters('a=x+y&b&c=%zz'), [
      ['a', 'x y'],
      ['b', ''],
      ['c', '%zz'],
    ])
  })
})

describe('OAuth over HTTP', () => {
  test('header, query string and PLAINTEXT all open the door; the port is part of what is signed', async (t) => {
    const world = smallWorld()
    const simulator = await startSimulator(world)
    t.after(() => simulator.close())
    const { secrets } = ownerOf(simulator, world)
    const url = `${simulator.apiUrl}/api/v2!authuser?_accept=${encode('application/json')}&_filter=Name,%7E%20%21%2A%27%28%29`
    const inHeader = authorization(url, secrets)
    assert.equal((await send(url, { headers: { Authorization: inHeader } })).status, 200)
    const inQuery = authorization(url, secrets).slice(6).replaceAll('"', '').replaceAll(', ', '&')
    assert.equal((await send(`${url}&${inQuery}`)).status, 200)
    const plain = authorization(url, secrets, {
      oauth_signature_method: 'PLAINTEXT',
      oauth_signature: `${encode(secrets.secret)}&${encode(secrets.tokenSecret ?? '')}`,
      oauth_nonce: '',
      oauth_timestamp: '',
    })
    assert.equal((await send(url, { headers: { Authorization: plain } })).status, 200)
    const elsewhere = authorization(url.replace(/:\d+/, ''), secrets)
    assert.equal((await send(url, { headers: { Authorization: elsewhere } })).status, 401)
  })

  test('the timestamp is held against the server clock', async (t) => {
    const world = smallWorld()
    const simulator = await startSimulator(world, { clockSkewMs: 600_000 })
    t.after(() => simulator.close())
    const { secrets, raw } = ownerOf(simulator, world)
    const late = await raw('/api/v2!authuser')
    assert.deepEqual([late.status, late.body.toString()], [401, '{"Code":401,"Message":"oauth_problem=timestamp_refused"}'])
    const url = `${simulator.apiUrl}/api/v2!authuser`
    const serverTime = Date.parse(String(late.headers.date))
    assert.ok(Math.abs(serverTime - Date.now() - 600_000) < 5000)
    const timely = authorization(url, secrets, { oauth_timestamp: String(serverTime / 1000) })
    assert.equal((await send(url, { headers: { Authorization: timely, Accept: 'application/json' } })).status, 200)
  })
})
