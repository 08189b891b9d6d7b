import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fc } from '../../../test/support/properties.ts'
import type { Json, JsonObject } from '../../model.ts'
import { WITHHELD, withoutSecrets } from './secrets.ts'

describe('withoutSecrets', () => {
  test('marks passwords, guest keys and personal addresses', () => {
    assert.deepEqual(
      withoutSecrets({
        Password: 'p1',
        DownloadPassword: 'p2',
        ViewPassword: 'p3',
        SitePassword: 'p4',
        UploadKey: 'u',
        RefTag: 'r',
        Email: 'a@example.com',
        PhoneNum: '1',
        Street1: 's',
        Street2: 't',
      }),
      {
        Password: WITHHELD,
        DownloadPassword: WITHHELD,
        ViewPassword: WITHHELD,
        SitePassword: WITHHELD,
        UploadKey: WITHHELD,
        RefTag: WITHHELD,
        Email: WITHHELD,
        PhoneNum: WITHHELD,
        Street1: WITHHELD,
        Street2: WITHHELD,
      },
    )
  })

  test('however the name is spelt, and wherever it stands', () => {
    assert.deepEqual(withoutSecrets({ password: 'p', A: [{ UPLOADKEY: 'u' }, [{ eMail: 'e' }]], B: { C: { Password: 'p' } } }), {
      password: WITHHELD,
      A: [{ UPLOADKEY: WITHHELD }, [{ eMail: WITHHELD }]],
      B: { C: { Password: WITHHELD } },
    })
  })

  test('whatever the value is', () => {
    assert.deepEqual(withoutSecrets({ Password: 5, Email: ['a@example.com'], UploadKey: { Key: 'u' } }), {
      Password: WITHHELD,
      Email: WITHHELD,
      UploadKey: WITHHELD,
    })
  })

  test('an empty one stays empty: that there is none is no secret', () => {
    const none = { Password: '', UploadKey: null }
    assert.deepEqual(withoutSecrets(none), none)
  })

  test('a field about a password, without one in it, stays', () => {
    const telling = { HasDownloadPassword: true, PasswordHint: 'the dog', ViewPassHint: 'the cat', SecurityType: 'Password' }
    assert.deepEqual(withoutSecrets(telling), telling)
  })

  test('everything else is as it was, and the answer itself is not touched', () => {
    const secret = /^(?:password|viewpassword|downloadpassword|sitepassword|uploadkey|reftag|email|phonenum|street[12])$/i
    const hasSecret = (value: Json): boolean =>
      typeof value === 'object' &&
      value !== null &&
      (Array.isArray(value)
        ? value.some(hasSecret)
        : Object.entries(value).some(([key, inner]) => secret.test(key) || hasSecret(inner as Json)))
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (raw) => {
        fc.pre(!hasSecret(raw as JsonObject))
        const before = JSON.stringify(raw)
        assert.equal(JSON.stringify(withoutSecrets(raw as JsonObject)), before)
        assert.equal(JSON.stringify(raw), before)
      }),
    )
    const raw = { Password: 'p' }
    withoutSecrets(raw)
    assert.deepEqual(raw, { Password: 'p' })
  })

  test('no secret of a recorded answer is left in it, and nothing else is lost', () => {
    const folder = new URL('../../../test/samples/', import.meta.url)
    const fields = new Set(['Password', 'ViewPassword', 'DownloadPassword', 'UploadKey', 'RefTag', 'Email', 'PhoneNum'])
    let met = 0
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((each) => each.endsWith('.json'))) {
      const raw = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Json
      if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) continue
      const kept = JSON.parse(JSON.stringify(withoutSecrets(raw as JsonObject)), (key, value: unknown) => {
        if (!fields.has(key) || value === '' || value === null) return value
        met += 1
        assert.equal(value, WITHHELD, `${key} in ${name}`)
        return value
      })
      assert.deepEqual(Object.keys(kept), Object.keys(raw))
    }
    assert.ok(met > 5, 'the samples hold no secrets to be tested with')
  })
})
