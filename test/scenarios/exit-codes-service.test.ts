import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Behaviour, Fault } from '../../simulator/world.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { freePort } from '../support/free-ports.ts'
import { assertAddsUp, assertCode, assertHolds, assertNothingWrong, mediaIn, openScene, promisedBy } from './harness.ts'

describe('3: something failed, or SmugMug could not be reached or trusted', { concurrency: 2 }, () => {
  test('an original whose address answers 404 is failed, named, and fetched by the next run', async (t) => {
    const world = smallWorld()
    const gone = promisedBy(world).find(({ image }) => image.fileName === 'fjord-2.jpg')?.image.key ?? ''
    const scene = await openScene(t, {
      world,
      behaviour: { faults: [{ on: 'original', match: gone, does: { kind: 'status', status: 404 } }] },
    })
    const { summary, lines } = await scene.backup()
    assert.equal(summary.exitCode, 3)
    assertAddsUp(summary)
    assert.deepEqual([summary.failed, summary.impossible], [1, 0])
    const failed = lines.filter(({ outcome }) => outcome === 'failed')
    assert.deepEqual(
      failed.map(({ imageKey, path }) => [imageKey, path]),
      [[gone, 'Travel/2024-Norway/fjord-2.jpg']],
    )
    assert.match(failed[0]?.reason, /not there/)
    assert.match(failed[0]?.detail, /404/)
    assert.ok(lines.some(({ event, problem }) => event === 'problem' && problem.kind === 'failed' && problem.name === 'fjord-2.jpg'))
    await assertNothingWrong(scene.vault, world)
    assert.equal((await mediaIn(scene.vault)).size, 11)
    scene.simulator.setBehaviour({})
    const next = await scene.backup()
    assert.deepEqual([next.summary.exitCode, next.summary.stored, next.summary.kept], [0, 1, 11])
    await assertHolds(scene.vault, world)
  })

  const anywhere = (does: Fault['does']): Behaviour => ({ faults: [{ on: 'any', does }] })
  for (const [name, behaviour] of [
    ['SmugMug answers with a web page, for ever', anywhere({ kind: 'html' })],
    ['SmugMug answers 503, for ever', anywhere({ kind: 'status', status: 503 })],
    ['SmugMug answers with nothing, for ever', anywhere({ kind: 'empty' })],
    ['SmugMug breaks every connection off', anywhere({ kind: 'reset' })],
    [
      'SmugMug does not say who is signed in',
      { faults: [{ on: 'authuser', does: { kind: 'patch', response: { User: { NickName: null } } } }] },
    ],
    [
      'the account is suspended',
      { faults: [{ on: 'authuser', does: { kind: 'patch', response: { User: { AccountStatus: 'Suspended' } } } }] },
    ],
  ] as const satisfies readonly (readonly [string, Behaviour])[]) {
    test(name, async (t) => {
      const scene = await openScene(t, { behaviour, env: { SMGMG_BK_MAX_RETRIES: '0' } })
      const { summary } = await scene.backup()
      assert.deepEqual([summary.exitCode, summary.error, summary.items], [3, 'ServiceError', 0], summary.message)
      assert.deepEqual(await mediaIn(scene.vault), new Map())
    })
  }

  test('nobody listens at the address', async (t) => {
    const scene = await openScene(t, { env: { SMGMG_BK_MAX_RETRIES: '0' } })
    const { summary } = await scene.backup([], { env: { SMGMG_BK_BASE_URL: `http://127.0.0.1:${await freePort()}` } })
    assert.deepEqual([summary.exitCode, summary.error], [3, 'ServiceError'])
    assert.match(summary.message, /refused the connection/)
  })

  test('an empty list where there were albums is an error, and takes nothing away', async (t) => {
    const world = smallWorld()
    const scene = await openScene(t, { world })
    await scene.backup()
    const before = await mediaIn(scene.vault)
    const nothing = { Album: [], Pages: { Total: 0, Count: 0, NextPage: null } }
    scene.simulator.setBehaviour({ faults: [{ on: 'albums', does: { kind: 'patch', response: nothing } }] })
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 3, summary.message)
    assert.doesNotMatch(summary.message, /complete/i)
    assert.equal(summary.vanished, 0)
    assert.deepEqual(await mediaIn(scene.vault), before)
  })

  test('an album that cannot be listed is named, the others are held', async (t) => {
    const world = smallWorld()
    const key = promisedBy(world).find(({ albumName }) => albumName === 'Kitchen')?.albumKey ?? ''
    const scene = await openScene(t, {
      world,
      behaviour: { faults: [{ on: 'images', match: key, does: { kind: 'status', status: 500 } }] },
    })
    const { summary, lines } = await scene.backup()
    assert.equal(summary.exitCode, 3)
    assertAddsUp(summary)
    assert.ok(lines.some(({ event, problem }) => event === 'problem' && problem.kind === 'album' && problem.album === '/Home/Kitchen'))
    assert.equal((await mediaIn(scene.vault)).size, 9)
    scene.simulator.setBehaviour({})
    assertCode(await scene.backup(), 0)
    await assertHolds(scene.vault, world)
  })
})

describe('4: the sign-in is refused', { concurrency: 2 }, () => {
  const wrong = { apiKey: 'wrong-api-key', apiSecret: 'wrong-api-secret', userToken: 'wrong-user-token', userSecret: 'wrong-user-secret' }
  for (const [name, env, behaviour, word] of [
    ['a wrong API key', { SMGMG_BK_API_KEY: wrong.apiKey }, {}, /API key/],
    ['a wrong API secret', { SMGMG_BK_API_SECRET: wrong.apiSecret }, {}, /api_secret/],
    ['a wrong user token', { SMGMG_BK_USER_TOKEN: wrong.userToken }, {}, /user.token/],
    ['a wrong user secret', { SMGMG_BK_USER_SECRET: wrong.userSecret }, {}, /user_secret/],
    ['a clock an hour slow', {}, { clockSkewMs: 3_600_000 }, /clock is .*(?:1 hour|59 minutes|60 minutes).* behind/],
    ['a clock an hour fast', {}, { clockSkewMs: -3_600_000 }, /clock is .*(?:1 hour|59 minutes|60 minutes).* ahead/],
    [
      'no permission',
      {},
      { faults: [{ on: 'authuser', does: { kind: 'status', status: 403, body: '{"Code":403,"Message":"Forbidden"}' } }] },
      /may not see/,
    ],
  ] as const satisfies readonly (readonly [string, Readonly<Record<string, string>>, Behaviour, RegExp])[]) {
    test(name, async (t) => {
      const scene = await openScene(t, { behaviour, env })
      const { summary, stdout, stderr } = await scene.backup(['--verbose'])
      assert.deepEqual([summary.exitCode, summary.error], [4, 'SignInError'], summary.message)
      assert.match(summary.message, word)
      assert.ok(summary.hint, 'what to do is said')
      assert.equal(summary.apiCalls, 1, 'asking again would not help')
      for (const secret of [...Object.values(wrong), ...Object.values(smallWorld().keys)]) {
        assert.ok(!`${stdout}${stderr}`.includes(secret), `${secret} is told`)
      }
    })
  }

  test('in the middle of a run, what is stored is kept', async (t) => {
    const world = smallWorld()
    const refused = '{"Code":401,"Message":"oauth_problem=token_revoked"}'
    const key = promisedBy(world).find(({ albumName }) => albumName === 'Best of')?.albumKey ?? ''
    const faults: Fault[] = [
      { on: 'images', match: key, does: { kind: 'delay', ms: 700 } },
      { on: 'images', match: key, does: { kind: 'status', status: 401, body: refused } },
    ]
    const scene = await openScene(t, { world, behaviour: { faults } })
    const { summary } = await scene.backup()
    assert.equal(summary.exitCode, 4, summary.message)
    await assertNothingWrong(scene.vault, world)
    assert.equal((await mediaIn(scene.vault)).size, summary.stored + summary.copied)
    assert.ok(summary.stored > 0)
    scene.simulator.setBehaviour({})
    assertCode(await scene.backup(), 0)
    await assertHolds(scene.vault, world)
  })
})
