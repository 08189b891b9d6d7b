import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { World, WorldNode } from '../../simulator/world.ts'
import { albumNode, folder, photo, video } from '../../simulator/worlds/make.ts'
import { assertCode, type Ended, openScene, type Scene } from './harness.ts'

/** The secrets in SmugMug's answers. */
const SECRETS = {
  'the password of an album': 'pw-album-4711',
  'the download password of an album': 'pw-download-4712',
  'the guest key of an album': 'guest-key-4713',
  'the password of a folder': 'pw-folder-4714',
  "the site's password": 'pw-site-4715',
  'the RefTag': 'reftag-4716',
  "the owner's e-mail": 'owner-4717@example.com',
  "a commentator's e-mail": 'visitor-4718@example.com',
  'the API secret': 'key-api-secret-4719',
  'the user token': 'key-user-token-4720',
  'the user secret': 'key-user-secret-4721',
} as const

const keys = {
  apiKey: 'key-api-4722',
  apiSecret: SECRETS['the API secret'],
  userToken: SECRETS['the user token'],
  userSecret: SECRETS['the user secret'],
}

function world(): World {
  const comments = [{ Comment: 'Great shot!', Name: 'A Visitor', Email: SECRETS["a commentator's e-mail"], Rating: 5 }]
  const locked = albumNode('Locked', [photo('one', { comments }), video('clip'), photo('two', { title: 'A title' })], {
    securityType: 'Password',
    password: SECRETS['the password of an album'],
    privacy: 'Unlisted',
    comments,
    fields: {
      DownloadPassword: SECRETS['the download password of an album'],
      HasDownloadPassword: true,
      UploadKey: SECRETS['the guest key of an album'],
    },
  })
  const inside: WorldNode = folder('Behind a door', [locked], {
    fields: { Password: SECRETS['the password of a folder'], SecurityType: 'Password' },
  })
  return {
    nickName: 'discreet',
    name: 'Discreet',
    keys,
    root: [inside, albumNode('Open', [photo('three')])],
    userFields: { ViewPassword: SECRETS["the site's password"], Email: SECRETS["the owner's e-mail"], RefTag: SECRETS['the RefTag'] },
  }
}

/** Finds the secrets in a text or bytes. */
const foundIn = (bytes: string | Buffer): readonly string[] =>
  Object.entries(SECRETS).flatMap(([name, secret]) => (bytes.includes(secret) ? [name] : []))

/** Finds the secrets in files, by path. */
function foundBelow(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => foundIn(readFileSync(join(entry.parentPath, entry.name))).map((name) => `${name} in ${entry.name}`))
}

const TALKATIVE = {
  DEBUG: '1',
  SMGMG_BK_WRITE_CSV: 'true',
  SMGMG_BK_COMMENTS: 'true',
  SMGMG_BK_IMAGE_METADATA: 'true',
  SMGMG_BK_SIDECARS: 'xmp',
  SMGMG_BK_USE_METADATA_TIMES: 'true',
}

const saidBy = ({ stdout, stderr }: Ended): string => `${stdout}\n${stderr}`

describe('secrets stay secret', { concurrency: 2 }, () => {
  test('in every line of output, and in every file of the vault and of the program', async (t) => {
    const scene = await openScene(t, { apart: true, world: world(), env: TALKATIVE })
    const commands = [
      ['backup', '--verbose'],
      ['backup', '--full', '--verbose'],
      ['list'],
      ['status'],
      ['verify', '--verbose', '--remote'],
      ['export', '--output', 'out.csv'],
      ['export', '--format', 'jsonl', '--output', 'out.jsonl'],
      ['rebuild', '--verbose'],
      ['backup', '--dry-run'],
    ]
    for (const command of commands) {
      const ended = await scene.json(command)
      assertCode(ended, 0)
      assert.deepEqual(foundIn(saidBy(ended)), [], command.join(' '))
      assert.doesNotMatch(saidBy(ended), /oauth_signature|Authorization:/i)
    }
    for (const command of [['backup'], ['status'], ['list'], ['export', '--format', 'jsonl']]) {
      assert.deepEqual(foundIn(saidBy(await scene.run(command))), [], command.join(' '))
    }
    assert.deepEqual(foundBelow(scene.folder), [])
  })

  test('when things go wrong', async (t) => {
    const echo = Object.values(SECRETS).join(' ')
    const refused = `oauth_problem=signature_invalid&debug_sbs=GET&oauth_token=${keys.userToken}&${keys.userSecret}`
    const broken: readonly (readonly [on: string, status: number, body: string])[] = [
      ['authuser', 401, JSON.stringify({ Code: 401, Message: refused })],
      ['original', 403, `<html>${keys.userToken}</html>`],
      ['albums', 500, `<html>${keys.userToken} ${keys.apiSecret}</html>`],
      ['images', 400, JSON.stringify({ Code: 400, Message: `The token ${keys.userToken} and ${keys.userSecret}` })],
      ['authuser', 200, `{"Response":{"User":{"NickName":7,"Email":"${SECRETS["the owner's e-mail"]}"}}} trailing ${echo}`],
    ]
    const scene = await openScene(t, { apart: true, world: world(), env: { ...TALKATIVE, SMGMG_BK_MAX_RETRIES: '0' } })
    for (const [on, status, body] of broken) {
      scene.simulator.setBehaviour({ faults: [{ on, does: { kind: 'status', status, body } }] })
      const ended = await scene.backup(['--full', '--verbose'])
      assert.notEqual(ended.code, 1, `${on} ${status}`)
      assert.ok(
        scene.simulator.requests.some((request) => request.endpoint === on && request.status === status),
        `${on} was really in the way`,
      )
      assert.deepEqual(foundIn(saidBy(ended)), [], `${on} ${status}`)
    }
    assert.deepEqual(foundBelow(scene.folder), [])
  })

  test('keep_secrets keeps the passwords and guest keys of albums in the vault, never our own keys; and shows none', async (t) => {
    const scene = await openScene(t, { apart: true, world: world(), env: { ...TALKATIVE, SMGMG_BK_KEEP_SECRETS: 'true' } })
    const ended = await scene.backup(['--verbose'])
    assertCode(ended, 0)
    assert.deepEqual(foundIn(saidBy(ended)), [])
    const record = readFileSync(recordOf(scene), 'utf8')
    for (const name of ['the password of an album', 'the download password of an album', 'the guest key of an album'] as const) {
      assert.ok(record.includes(SECRETS[name]), name)
    }
    const held = foundBelow(scene.folder).map((found) => found.replace(/ in .*/, ''))
    for (const name of ['the API secret', 'the user token', 'the user secret']) assert.ok(!held.includes(name), name)
    for (const entry of readdirSync(scene.vault, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile() && foundIn(readFileSync(path)).length > 0) assert.equal((statSync(path).mode & 0o777).toString(8), '600', path)
    }
  })

  test("an item's UploadKey is no secret", async (t) => {
    const scene = await openScene(t, { apart: true, world: world() })
    await scene.backup()
    const { items } = JSON.parse(readFileSync(recordOf(scene), 'utf8'))
    assert.match(items[0].smugmug.UploadKey, /^\d+$/)
  })
})

const recordOf = (scene: Scene): string => join(scene.vault, 'Behind-a-door', 'Locked', 'album.json')
