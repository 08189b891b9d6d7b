import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import { authorizationHeader, type Parameter, percentEncode, signature, signatureBase } from './oauth1.ts'

const printer = { consumerKey: 'dpf43f3p2l4k3l03', consumerSecret: 'kd94hf93k423kf44' }

/** The protocol parameters of RFC 5849's examples, which leave oauth_version out. */
const stamped = (nonce: string, timestamp: string, ...more: Parameter[]): Parameter[] => [
  ['oauth_consumer_key', printer.consumerKey],
  ['oauth_signature_method', 'HMAC-SHA1'],
  ['oauth_timestamp', timestamp],
  ['oauth_nonce', nonce],
  ...more,
]

describe('RFC 5849', () => {
  test('1.2: temporary credentials', () => {
    const parameters = stamped('wIjqoS', '137131200', ['oauth_callback', 'http://printer.example.com/ready'])
    const got = signature({ method: 'POST', url: new URL('https://photos.example.net/initiate') }, parameters, printer)
    assert.equal(got, '74KNZJeDHnMBp0EMJ9ZHt/XKycU=')
  })

  test('1.2: token credentials', () => {
    const parameters = stamped('walatlh', '137131201', ['oauth_token', 'hh5s93j4hdidpola'], ['oauth_verifier', 'hfdp7dh39dks9884'])
    const secrets = { ...printer, tokenSecret: 'hdhd0244k9j7ao03' }
    const got = signature({ method: 'POST', url: new URL('https://photos.example.net/token') }, parameters, secrets)
    assert.equal(got, 'gKgrFCywp7rO0OXSjdot/IHF7IU=')
  })

  test('1.2: a protected resource', () => {
    const url = new URL('http://photos.example.net/photos?file=vacation.jpg&size=original')
    const parameters = stamped('chapoH', '137131202', ['oauth_token', 'nnch734d00sl2jdk'])
    const got = signature({ method: 'GET', url }, parameters, { ...printer, tokenSecret: 'pfkkdhi9sl3r4s00' })
    assert.equal(got, 'MdpQcU8iPSUjWoN/UDMsK2sui9I=')
  })

  const awkward = {
    method: 'POST',
    url: new URL('http://example.com:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b'),
    form: [
      ['c2', ''],
      ['a3', '2 q'],
    ] as const,
  }
  const awkwardParameters: Parameter[] = [
    ['oauth_consumer_key', '9djdj82h48djs9d2'],
    ['oauth_token', 'kkk9d7dh3k39sjv7'],
    ['oauth_signature_method', 'HMAC-SHA1'],
    ['oauth_timestamp', '137131201'],
    ['oauth_nonce', '7d8f3e4a'],
  ]

  test('3.4.1.1: the signature base string', () => {
    assert.equal(
      signatureBase(awkward, awkwardParameters),
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
    )
  })

  test('3.4.1.1: its signature, as the errata give it', () => {
    const secrets = { consumerSecret: 'j49sk3j29djd', tokenSecret: 'dh893hdasih9' }
    assert.equal(signature(awkward, awkwardParameters, secrets), 'r6/TJjbCOr97/+UU0NsvSne7s5g=')
  })

  test('3.4.1.3.2: parameters are in the order of their names, then of their values, also where a name begins another', () => {
    const form = ['a-b', 'a', 'a.', 'a0', 'a', 'aB', 'a%', 'a_'].map((name, index): Parameter => [name, String(9 - index)])
    const [, , normalised = ''] = signatureBase({ method: 'POST', url: new URL('https://example.com'), form }, []).split('&')
    assert.equal(decodeURIComponent(normalised), 'a=5&a=8&a%25=3&a-b=9&a.=7&a0=6&aB=4&a_=2')
  })

  test('3.4.1.2: default ports and the letters of host and scheme do not count, other ports and the path do', () => {
    const base = (url: string): string | undefined => signatureBase({ method: 'get', url: new URL(url) }, []).split('&')[1]
    assert.equal(base('HTTP://EXAMPLE.COM:80/r%20v/X?id=123'), 'http%3A%2F%2Fexample.com%2Fr%2520v%2FX')
    assert.equal(base('https://www.example.net:8080/?q=1'), 'https%3A%2F%2Fwww.example.net%3A8080%2F')
  })
})

test('OAuth Core 1.0, appendix A: the whole header', () => {
  const header = authorizationHeader(
    { method: 'GET', url: new URL('http://photos.example.net/photos?file=vacation.jpg&size=original') },
    { ...printer, token: 'nnch734d00sl2jdk', tokenSecret: 'pfkkdhi9sl3r4s00' },
    { nonce: 'kllo9940pd9333jh', timestamp: 1191242096 },
  )
  assert.ok(header.startsWith('OAuth '))
  const parameters = Object.fromEntries(
    header
      .slice(6)
      .split(', ')
      .map((pair) => pair.replaceAll('"', '').split('=', 2)),
  )
  assert.deepEqual(parameters, {
    oauth_consumer_key: 'dpf43f3p2l4k3l03',
    oauth_token: 'nnch734d00sl2jdk',
    oauth_signature_method: 'HMAC-SHA1',
    oauth_signature: 'tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D',
    oauth_timestamp: '1191242096',
    oauth_nonce: 'kllo9940pd9333jh',
    oauth_version: '1.0',
  })
})

test('the exclamation mark of SmugMug addresses is encoded in what is signed (fact sheet 1.2)', () => {
  const base = signatureBase({ method: 'GET', url: new URL('https://api.smugmug.com/api/v2!authuser') }, [])
  assert.equal(base, 'GET&https%3A%2F%2Fapi.smugmug.com%2Fapi%2Fv2%21authuser&')
})

test('percentEncode leaves only unreserved characters bare, and decodes to what it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const encoded = percentEncode(text)
      assert.match(encoded, /^(?:[A-Za-z0-9\-._~]|%[0-9A-F]{2})*$/)
      assert.equal(decodeURIComponent(encoded), text)
    }),
  )
})
