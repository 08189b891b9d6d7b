import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { assertCode, openScene, type Scene, snapshot, write } from './harness.ts'

const world = smallWorld()
const SECOND = { apiKey: 'second-key', apiSecret: 'second-secret', userToken: 'second-token', userSecret: 'second-token-secret' }
const withSecond = { ...world, keys: { ...world.keys, second: SECOND } }

/** The configuration of somebody who backs up already. */
const configOf = (scene: Scene): string => {
  const { apiKey, apiSecret, userToken, userSecret } = world.keys
  const lines = [
    `api_key = "${apiKey}" # mine`,
    `api_secret = "${apiSecret}"`,
    `user_token = "${userToken}"`,
    `user_secret = "${userSecret}"`,
  ]
  return `[authentication]\n${lines.join('\n')}\n\n[http]\nbase_url = "${scene.simulator.apiUrl}"\n`
}

const UNSET = Object.fromEntries(
  ['API_KEY', 'API_SECRET', 'USER_TOKEN', 'USER_SECRET', 'DESTINATION'].map((name) => [`SMGMG_BK_${name}`, undefined]),
)

/** Signs in with the six-digit code; the owner grants `level`, which may be less than was asked for. */
async function signIn(scene: Scene, args: readonly string[], level?: string) {
  const running = scene.start(['login', '--console', ...args], { env: UNSET, stdin: null })
  const [, url = ''] = await running.says(/^(https?:\/\/\S+\/authorize\S*)$/m)
  const wanted = new URL(url).searchParams.get('Permissions') ?? ''
  const page = await (await fetch(url)).text()
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']): [string, string] => [name, name === 'Permissions' ? (level ?? value) : value],
  )
  const allowed = await fetch(new URL('/services/oauth/1.0a/authorize', url), { method: 'POST', body: new URLSearchParams(fields) })
  running.stdin.write(`${/id="code">(\d{6})</.exec(await allowed.text())?.[1]}\n`)
  return { wanted, ended: await running.ended }
}

describe('login --write', { concurrency: 2 }, () => {
  test('asks for Modify, and stores the tokens for restore beside those for reading', async (t) => {
    const scene = await openScene(t)
    const path = write(join(scene.home, '.smgmg', 'config.toml'), configOf(scene))
    const { wanted, ended } = await signIn(scene, ['--write'])
    assertCode(ended, 0)
    assert.equal(wanted, 'Modify')
    const { userToken, userSecret } = world.keys
    const added = `user_secret = "${userSecret}"\nwrite_token = "${userToken}"\nwrite_secret = "${userSecret}"\n`
    assert.equal(readFileSync(path, 'utf8'), configOf(scene).replace(`user_secret = "${userSecret}"\n`, added))
    assert.doesNotMatch(ended.stdout + ended.stderr, new RegExp(userSecret))
  })

  test('that was granted less than asked for ends with 4, names both ways out and changes nothing', async (t) => {
    const scene = await openScene(t)
    write(join(scene.home, '.smgmg', 'config.toml'), configOf(scene))
    const before = await snapshot(scene.home)
    for (const level of ['Read', 'Add']) {
      const { ended } = await signIn(scene, ['--write'], level)
      assertCode(ended, 4)
      assert.match(ended.stderr.replaceAll(/\s+/g, ' '), /write_api_key/)
      assert.match(ended.stderr, /Authorized\s+Services/)
      assert.deepEqual(await snapshot(scene.home), before)
    }
  })

  test('of a key that was authorised for reading stays below, and a second key has a level of its own', async (t) => {
    const scene = await openScene(t, { world: withSecond })
    const path = write(join(scene.home, '.smgmg', 'config.toml'), configOf(scene))
    assertCode((await signIn(scene, ['--print'])).ended, 0)
    assertCode((await signIn(scene, ['--write'])).ended, 4)
    write(
      path,
      `${configOf(scene).replace('[http]', `write_api_key = "${SECOND.apiKey}"\nwrite_api_secret = "${SECOND.apiSecret}"\n[http]`)}`,
    )
    assertCode((await signIn(scene, ['--write'])).ended, 0)
    assert.match(readFileSync(path, 'utf8'), new RegExp(`write_token = "${SECOND.userToken}"\nwrite_secret = "${SECOND.userSecret}"`))
  })

  test('prints the tokens with their own names', async (t) => {
    const scene = await openScene(t)
    write(join(scene.home, '.smgmg', 'config.toml'), configOf(scene))
    const { ended } = await signIn(scene, ['--write', '--print'])
    const { userToken, userSecret } = world.keys
    assert.equal(ended.stdout, `SMGMG_BK_WRITE_TOKEN=${userToken}\nSMGMG_BK_WRITE_SECRET=${userSecret}\n`)
  })
})
