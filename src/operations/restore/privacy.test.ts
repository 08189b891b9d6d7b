import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../model.ts'
import { openingOf, rankAfter, rankAt, rankBefore, rankFrom } from './privacy.ts'

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
    assert.equal(rankAt(present) < rankBefore({ raw: was }), expected, `${JSON.stringify(present)} for ${JSON.stringify(was)}`)
  }
})

test('folders above protect what is in them, also where the record of it does not say so', () => {
  const inside = (folder: JsonObject, album = node('Public')) => rankBefore({ raw: album, parent: { raw: folder } })
  assert.equal(inside(node('Private')), rankAt(node('Private')))
  assert.equal(inside(node('Public', 'Password')), rankAt(node('Public', 'Password')))
  assert.equal(inside(node('Unlisted')), rankAt(node('Public')), 'an unlisted folder does not')
  assert.equal(inside({}), rankAt(node('Private')), 'an unknown one counts as private')
  assert.equal(rankAfter({ opening: { kind: 'open', privacy: 'Public' } }, rankAt(node('Private'))), rankAt(node('Private')))
  assert.equal(rankAfter({ opening: { kind: 'open', privacy: 'Public' } }, rankAt(node('Unlisted'))), rankAt(node('Public')))
  assert.equal(rankAfter({ opening: { kind: 'stays private', reason: '' } }, 0), rankAt(node('Private')))
})

test('a folder of ours protects no better than SmugMug says, and nothing that was moved out of it', () => {
  const [open, closed] = [rankAt(node('Public')), rankAt(node('Private'))]
  const isPrivate = { opening: { kind: 'private' } } as const
  assert.equal(rankAfter({ ...isPrivate, present: node('Public') }, open), open, 'its owner opened it')
  assert.equal(rankAfter({ ...isPrivate, present: node('Public', 'None', { EffectivePrivacy: 'Private' }) }, open), open, 'also inside')
  assert.equal(rankAfter({ ...isPrivate, present: node('Private') }, open), closed)
  assert.equal(rankAfter({ opening: { kind: 'open', privacy: 'Public' }, present: node('Private') }, open), open, 'it is yet to be opened')
  const family = { rank: closed, urlPath: '/Family' }
  assert.equal(rankFrom(family, undefined), closed, 'what is made goes into it')
  assert.equal(rankFrom(family, { UrlPath: '/Family/Kids' }), closed)
  assert.equal(rankFrom(family, { UrlPath: '/Kids' }), open)
  assert.equal(rankFrom({ rank: closed, urlPath: '/' }, { UrlPath: '/Kids' }), closed, 'the top')
  assert.equal(rankFrom({ rank: closed }, { UrlPath: '/Kids' }), open, 'a folder that does not stand there')
})
