import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ConfigurationError, DestinationError } from '../errors.ts'
import { checkDestination, explainMissing, requireKeys } from './required.ts'
import { defaultSettings, type Settings } from './settings.ts'

describe('requireKeys', () => {
  test('names all that is missing at once, as key and as variable, and says how to sign in', () => {
    const settings = { ...defaultSettings, apiSecret: 's' }
    assert.throws(
      () => requireKeys(settings, ['apiKey', 'apiSecret', 'userToken', 'destination']),
      (error) => {
        assert.ok(error instanceof ConfigurationError)
        assert.equal(error.exitCode, 2)
        for (const name of ['api_key', 'user_token', 'destination']) {
          assert.ok(error.message.includes(name))
          assert.ok(error.message.includes(`SMGMG_BK_${name.toUpperCase()}`))
        }
        assert.ok(!error.message.includes('api_secret'))
        assert.match(error.hint ?? '', /smugmug-backup login/)
        return true
      },
    )
  })

  test('does not send people to sign in when only the destination is missing', () => {
    assert.throws(
      () => requireKeys(defaultSettings, ['destination']),
      (error) => error instanceof ConfigurationError && !error.hint?.includes('login'),
    )
  })

  test('answers the settings when nothing is missing', () => {
    const settings = { ...defaultSettings, destination: '/mnt/photos' }
    const destination: string = requireKeys(settings, ['destination', 'baseUrl']).destination
    assert.equal(destination, '/mnt/photos')
  })
})

describe('explainMissing', () => {
  const names = ['apiKey', 'apiSecret', 'userToken', 'userSecret', 'destination'] as const
  const explained = (given: Partial<Settings>, source?: string): { readonly message: string; readonly hint: string } => {
    const settings = { ...defaultSettings, ...given }
    try {
      requireKeys(settings, names)
    } catch (error) {
      assert.ok(error instanceof ConfigurationError)
      const { message, hint = '', exitCode } = explainMissing(error, { settings, source })
      assert.equal(exitCode, 2)
      return { message, hint }
    }
    return assert.fail('nothing is missing')
  }
  const tokens = { userToken: 't', userSecret: 's' }
  const keys = { apiKey: 'k', apiSecret: 's' }

  test('without any configuration, one short sentence that leads to the set-up, and the way of containers', () => {
    const { message, hint } = explained({})
    assert.equal(message, 'There is no configuration yet.')
    assert.match(hint, /^Run `smugmug-backup setup`/)
    for (const name of ['API_KEY', 'API_SECRET', 'USER_TOKEN', 'USER_SECRET', 'DESTINATION']) assert.ok(hint.includes(`SMGMG_BK_${name}`))
  })
  test('of a missing destination: the line, its section, the file and the option', () => {
    const { message, hint } = explained({ ...keys, ...tokens }, '/home/x/.smgmg/config.toml')
    assert.equal(message, 'The configuration /home/x/.smgmg/config.toml lacks destination.')
    for (const part of ['destination = "/mnt/photos"', '[store]', '/home/x/.smgmg/config.toml', '--destination DIR'])
      assert.ok(hint.includes(part))
  })
  test('of missing tokens: the sign-in', () => {
    const { hint } = explained({ ...keys, destination: '/x' }, '/etc/c.toml')
    assert.match(hint, /smugmug-backup login.*\[authentication\] in \/etc\/c\.toml/)
  })
  test('of several: the set-up and the file', () => {
    const { message, hint } = explained({ apiKey: 'k' }, '/etc/c.toml')
    assert.match(message, /api_secret, user_token, user_secret, and destination/)
    assert.match(hint, /smugmug-backup setup.*\/etc\/c\.toml/)
  })
  test('of an environment that is not whole: its variables', () => {
    const { message, hint } = explained({ ...keys, ...tokens })
    assert.match(message, /lacks destination \(environment: SMGMG_BK_DESTINATION\)/)
    assert.match(hint, /Set SMGMG_BK_DESTINATION.*--destination DIR/)
  })
  test('another error stays as it is', () => {
    const error = new ConfigurationError('other')
    assert.equal(explainMissing(error, { settings: defaultSettings, source: undefined }), error)
  })
})

describe('checkDestination', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'smugmug-backup-'))
    await writeFile(join(folder, 'file'), '')
  })
  after(() => rm(folder, { recursive: true }))

  test('a folder that exists is fine', () => checkDestination(folder))

  test('a relative path is a matter of configuration', () => assert.rejects(checkDestination('photos'), ConfigurationError))

  for (const name of ['missing', 'file', 'file/below']) {
    test(`${name} cannot be used`, async () => {
      await assert.rejects(checkDestination(join(folder, name)), (error) => {
        assert.ok(error instanceof DestinationError)
        assert.equal(error.exitCode, 5)
        assert.ok(error.message.includes(join(folder, name)))
        assert.ok(error.hint)
        return true
      })
    })
  }
})
