import assert from 'node:assert/strict'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { platform, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { ConfigurationError } from '../errors.ts'
import { defaultConfigPath, loadSettings } from './load.ts'
import { checkLinesTo, writeLines } from './token-lines.ts'

const tokens = { userToken: 'T', userSecret: 'S' }

const writeTokens = (
  path: string,
  { userToken, userSecret }: typeof tokens,
  { apiKey, apiSecret, account }: { readonly apiKey?: string; readonly apiSecret?: string; readonly account?: string } = {},
): Promise<void> => {
  const typed = [['api_key', apiKey] as const, ['api_secret', apiSecret] as const].flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  )
  return writeLines(path, { authentication: [...typed, ['user_token', userToken], ['user_secret', userSecret]] }, account)
}
const skip = platform() === 'win32'

let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'smugmug-backup-'))
})
afterEach(() => rm(home, { recursive: true }))

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

describe('the lines of a sign-in', () => {
  test('creates the file where there is none, with keys that were only typed, readable to nobody else', async () => {
    const path = defaultConfigPath(home)
    await writeTokens(path, tokens, { apiKey: 'K', apiSecret: 'A' })
    assert.equal(await readFile(path, 'utf8'), '[authentication]\napi_key = "K"\napi_secret = "A"\nuser_token = "T"\nuser_secret = "S"\n')
    if (!skip) assert.deepEqual([await modeOf(path), await modeOf(dirname(path))], [0o600, 0o700])
    const { settings, warnings } = await loadSettings({ home, cwd: home, env: {} })
    assert.deepEqual([settings.apiKey, settings.apiSecret, settings.userToken, settings.userSecret], ['K', 'A', 'T', 'S'])
    assert.deepEqual(warnings, [])
  })

  test('changes only the token lines of a file, and takes it from the eyes of others', async () => {
    const path = join(home, 'config.toml')
    const text = '# é\n[authentication]\napi_key = "K" \nuser_token = "a"\nuser_secret = "b" # c\n'
    await writeFile(path, text, { mode: 0o644 })
    await writeTokens(path, tokens)
    assert.equal(await readFile(path, 'utf8'), text.replace('"a"', '"T"').replace('"b"', '"S"'))
    if (!skip) assert.equal(await modeOf(path), 0o600)
    assert.deepEqual(await readdir(home), ['config.toml'])
  })

  test('writes into the account that is asked for', async () => {
    const path = join(home, 'config.toml')
    await writeFile(path, '[authentication]\nuser_token = "a"\n[account.x]\nuser_token = "b"\n')
    await writeTokens(path, tokens, { account: 'x' })
    assert.equal(await readFile(path, 'utf8'), '[authentication]\nuser_token = "a"\n[account.x]\nuser_token = "T"\nuser_secret = "S"\n')
  })

  test('keeps a symbolic link, and writes to its real target', { skip }, async () => {
    const target = join(home, 'dotfiles', 'smugmug.toml')
    await mkdir(dirname(target))
    await writeFile(target, 'user_token = "a"\nuser_secret = "b"\n', { mode: 0o644 })
    const path = join(home, 'config.toml')
    await symlink(target, path)
    await writeTokens(path, tokens)
    assert.ok((await lstat(path)).isSymbolicLink())
    assert.equal(await readFile(target, 'utf8'), 'user_token = "T"\nuser_secret = "S"\n')
    assert.equal(await modeOf(target), 0o600)
    assert.deepEqual(await readdir(dirname(target)), ['smugmug.toml'])
  })

  test('leaves a broken file alone', async () => {
    const path = join(home, 'config.toml')
    await writeFile(path, 'user_token = \n', { mode: 0o644 })
    await assert.rejects(writeTokens(path, tokens), ConfigurationError)
    assert.equal(await readFile(path, 'utf8'), 'user_token = \n')
    if (!skip) assert.equal(await modeOf(path), 0o644)
  })

  test('says what to do when the file cannot be written, without the tokens', async () => {
    await writeFile(join(home, 'file'), '')
    await mkdir(join(home, 'folder.toml'))
    await chmod(home, 0o700)
    for (const path of [join(home, 'file', 'config.toml'), join(home, 'folder.toml')]) {
      await assert.rejects(writeTokens(path, { userToken: 'token-value', userSecret: 'secret-value' }), (error) => {
        assert.ok(error instanceof ConfigurationError)
        assert.ok(error.message.includes(path))
        assert.match(error.hint ?? '', /--print/)
        assert.doesNotMatch(error.message, /-value/)
        return true
      })
    }
  })
})

describe('writeLines', () => {
  test('says so where a folder is in the place of the file', async () => {
    const hint = /^Name a file, or move the folder away, or /
    const message = `The configuration cannot be written to ${home}: ${home} is a folder.`
    await assert.rejects(checkLinesTo(home), { name: 'ConfigurationError', message, hint })
    await assert.rejects(writeTokens(home, tokens), { name: 'ConfigurationError', hint })
  })

  test('puts each line into its section, and every other byte stays', async () => {
    const path = join(home, 'config.toml')
    const text = '# mine\n[http]\nmax_retries = 2 # two\n\n[store]\n# the disk\nwrite_csv = true\n'
    await writeFile(path, text)
    await writeLines(path, { store: [['destination', '/mnt/a "b"']], service: [['schedule', '30 2 * * *']] }, undefined)
    assert.equal(await readFile(path, 'utf8'), `${text}destination = "/mnt/a \\"b\\""\n\n[service]\nschedule = "30 2 * * *"\n`)
    const { settings } = await loadSettings({ home, cwd: home, env: {}, configPath: path })
    assert.deepEqual([settings.destination, settings.serviceSchedule], ['/mnt/a "b"', '30 2 * * *'])
  })

  test('fills an empty value, above all sections too', async () => {
    const path = join(home, 'config.toml')
    await writeFile(path, 'destination = "" # later\n[service]\nevery = ""\n')
    await writeLines(path, { store: [['destination', '/mnt/a']], service: [['every', '24h']] }, undefined)
    assert.equal(await readFile(path, 'utf8'), 'destination = "/mnt/a" # later\n[service]\nevery = "24h"\n')
  })

  test('of an account stand in its table, but those of the service hold for all', async () => {
    const path = join(home, 'config.toml')
    const text = '[account.a]\nuser_token = "t"\n\n[account.b]\nuser_token = "u"\n'
    await writeFile(path, text)
    await writeLines(path, { store: [['destination', '/mnt/a']], service: [['every', '24h']] }, 'A')
    assert.equal(
      await readFile(path, 'utf8'),
      '[account.a]\nuser_token = "t"\ndestination = "/mnt/a"\n\n[account.b]\nuser_token = "u"\n\n[service]\nevery = "24h"\n',
    )
  })
})
