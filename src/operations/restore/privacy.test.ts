import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../model.ts'
import { isWider, openingOf, rankAfter, rankAt, rankBefore } from './privacy.ts'

const node = (Privacy: string, SecurityType = 'None', more: JsonObject = {}): JsonObject => ({ Privacy, SecurityType, ...more })

test('a folder or album is opened only as far as the vault knows that it was', () => {
  const cases: readonly (readonly [JsonObject, string])[] = [
    [node('Public'), 'open Public'],
    [node('Unlisted'), 'open Unlisted'],
    [node('Private'), 'private'],
    [node('Private', 'Password', { Password: 'x' }), 'private'],
    [node('Public', 'Password', { Password: 'x' }), 'open Public x'],
    [node('Public', 'Password', { Password: '' }), 'stays private'],
    [node('Public', 'Password'), 'stays private'],
    [node('Public', 'Password', { Password: null }), 'stays private'],
    [node('Public', 'GrantAccess'), 'stays private'],
    [node('Public', 'Anything new'), 'stays private'],
    [node('Friends'), 'stays private'],
    [{ Privacy: 'Public' }, 'stays private'],
    [{ SecurityType: 'None' }, 'stays private'],
    [{}, 'stays private'],
  ]
  for (const [raw, expected] of cases) {
    const opening = openingOf(raw)
    const words = opening.kind === 'open' ? ['open', opening.privacy, opening.password] : [opening.kind]
    assert.equal(words.filter(Boolean).join(' '), expected, JSON.stringify(raw))
  }
})

test('a place is wider when more people see it, and anything unknown counts against it', () => {
  const cases: readonly (readonly [JsonObject, JsonObject, boolean])[] = [
    [node('Public'), node('Public'), false],
    [node('Public'), node('Unlisted'), true],
    [node('Public'), node('Private'), true],
    [node('Unlisted'), node('Public'), false],
    [node('Private'), node('Public'), false],
    [node('Public', 'Password'), node('Private'), true],
    [node('Public', 'Password'), node('Unlisted', 'Password'), false],
    [node('Unlisted'), node('Public', 'Password'), true],
    [node('Public', 'None', { EffectivePrivacy: 'Private' }), node('Private'), false],
    [node('Public', 'None', { EffectiveSecurityType: 'Password' }), node('Public', 'Password'), false],
    [node('Private', 'None', { EffectivePrivacy: 'Public' }), node('Private'), true],
    [{}, node('Unlisted'), true],
    [node('Public'), {}, true],
    [node('Public'), node('constructor'), true],
    [node('toString'), node('Unlisted'), true],
    [node('Private'), {}, false],
  ]
  for (const [present, was, expected] of cases) {
    assert.equal(isWider(present, { raw: was }), expected, `${JSON.stringify(present)} for ${JSON.stringify(was)}`)
  }
})

test('folders above protect what is in them, also where the record of it does not say so', () => {
  const inside = (folder: JsonObject, album = node('Public')) => rankBefore({ raw: album, parent: { raw: folder } })
  assert.equal(inside(node('Private')), rankAt(node('Private')))
  assert.equal(inside(node('Public', 'Password')), rankAt(node('Public', 'Password')))
  assert.equal(inside(node('Unlisted')), rankAt(node('Public')), 'an unlisted folder does not')
  assert.equal(inside({}), rankAt(node('Private')), 'an unknown one counts as private')
  assert.equal(rankAfter({ kind: 'open', privacy: 'Public' }, rankAt(node('Private'))), rankAt(node('Private')))
  assert.equal(rankAfter({ kind: 'open', privacy: 'Public' }, rankAt(node('Unlisted'))), rankAt(node('Public')))
  assert.equal(rankAfter({ kind: 'stays private', reason: '' }, 0), rankAt(node('Private')))
})
