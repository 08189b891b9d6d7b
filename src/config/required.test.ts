import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ConfigurationError, DestinationError } from '../errors.ts'
import { checkDestination, requireKeys } from './required.ts'
import { defaultSettings } from './settings.ts'

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
