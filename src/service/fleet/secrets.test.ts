import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readDocument } from '../../config/document.ts'
import { ConfigurationError, ServiceError } from '../../errors.ts'
import { keysOf } from './secrets.ts'

const KEYS = { apiKey: 'k', apiSecret: 's', userToken: 't', userSecret: 'u' }
const TEXT = 'api_key = "k"\napi_secret = "s"\n[authentication]\nuser_token = "t"\nuser_secret = "u"\n'
const noSession = process.platform !== 'linux' && 'setsid belongs to Linux'
const noShell = process.platform === 'win32' && 'the commands are those of a Unix shell'

/** Returns the keys of a secret in a configuration with these lines, in a folder of its own. */
function ask(t: TestContext, lines: string, files: Readonly<Record<string, readonly [text: string, mode: number]>> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'secrets-'))
  t.after(() => rmSync(cwd, { recursive: true }))
  for (const [name, [text, mode]] of Object.entries(files)) writeFileSync(join(cwd, name), text, { mode })
  const { secrets } = readDocument(`[fleet]\njobs = 2\n[fleet.secrets.studio]\n${lines}\n`, 'fleet.toml')
  const warnings: string[] = []
  const stop = new AbortController()
  const env = { PATH: process.env.PATH, SMGMG_BK_API_KEY: 'of-the-worker', KEYS: TEXT }
  const keys = keysOf('studio', { sources: secrets, cwd, env, signal: stop.signal, warn: (text) => warnings.push(text) })
  return { keys, warnings, stop, cwd }
}

const refused =
  (message: RegExp, kind: typeof ConfigurationError | typeof ServiceError = ConfigurationError) =>
  (error: unknown) => {
    assert.ok(error instanceof kind, String(error))
    assert.match(error.message, message)
    assert.doesNotMatch(`${error.message} ${error.hint}`, /"[kstu]"/)
    return true
  }

test('the keys come from a file, which only its owner should read', async (t) => {
  const well = ask(t, 'config = "keys.toml"', { 'keys.toml': [TEXT, 0o600] })
  assert.deepEqual(await well.keys, KEYS)
  assert.deepEqual(well.warnings, [])
  const open = ask(t, 'config = "keys.toml"', { 'keys.toml': [TEXT, 0o644] })
  assert.deepEqual(await open.keys, KEYS)
  assert.equal(open.warnings.length, process.platform === 'win32' ? 0 : 1)
})

test('a command prints them, and does not see the secrets of the worker', { skip: noShell }, async (t) => {
  const command = `test -z "$SMGMG_BK_API_KEY" && cat keys.toml`
  const { keys, cwd } = ask(t, `command = '''cd "$PLACE"; ${command}'''`, { 'keys.toml': [TEXT, 0o600] })
  await assert.rejects(keys, ServiceError)
  const again = ask(t, `command = '''cd '${cwd}'; ${command}'''`)
  writeFileSync(join(cwd, 'keys.toml'), TEXT)
  assert.deepEqual(await again.keys, KEYS)
})

test('a secret that is not as it should be is named, and none of it is shown', async (t) => {
  await assert.rejects(ask(t, 'config = "keys.toml"').keys, refused(/keys\.toml of the secret "studio" cannot be read \(ENOENT\)/))
  await assert.rejects(ask(t, 'config = "."').keys, refused(/is a folder/))
  const part = ask(t, 'config = "keys.toml"', { 'keys.toml': ['api_key = "k"', 0o600] })
  await assert.rejects(part.keys, refused(/lacks api_secret, user_token, user_secret/))
  const broken = ask(t, 'config = "keys.toml"', { 'keys.toml': ['api_key = "k', 0o600] })
  await assert.rejects(broken.keys, refused(/line 1/))
})

test('a file that goes right after it was read has given its keys', { skip: noShell }, async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'secrets-'))
  t.after(() => rmSync(cwd, { recursive: true }))
  const pipe = join(cwd, 'keys.toml')
  execFileSync('mkfifo', [pipe])
  const { keys } = ask(t, `config = ${JSON.stringify(pipe)}`)
  const writer = await open(pipe, 'w')
  rmSync(pipe)
  await writer.writeFile(TEXT)
  await writer.close()
  assert.deepEqual(await keys, KEYS)
})

test('a command that fails may work later; one that hangs ends with the worker, and all that it started', { skip: noShell }, async (t) => {
  await assert.rejects(ask(t, 'command = "exit 3"').keys, refused(/ended with exit code 3/, ServiceError))
  await assert.rejects(ask(t, 'command = "no-such-program"').keys, refused(/ended with exit code 127/, ServiceError))
  const hanging = ask(t, 'command = "sleep 1000 & sleep 1000"')
  hanging.stop.abort(new Error('stopped'))
  await assert.rejects(hanging.keys, { message: 'stopped' })
})

test('a command that leaves a process behind gives its keys all the same, and ends with the worker', { skip: noSession }, async (t) => {
  // The process has a session of its own, so it does not end with the command, and it keeps the pipe open.
  const daemon = 'setsid sleep 20 &'
  const began = performance.now()
  assert.deepEqual(await ask(t, `command = '''${daemon} printf "$KEYS"'''`).keys, KEYS)
  const hanging = ask(t, `command = "${daemon} sleep 1000"`)
  setTimeout(() => hanging.stop.abort(new Error('stopped')), 200)
  await assert.rejects(hanging.keys, { message: 'stopped' })
  assert.ok(performance.now() - began < 10_000, 'long before the process ends')
})

test('a secret says one place, and no more', () => {
  const read = (lines: string) => () => readDocument(`[fleet.secrets.a]\n${lines}`, 'fleet.toml')
  assert.throws(read(''), refused(/says neither/))
  assert.throws(read('config = "a"\ncommand = "b"'), refused(/says both/))
  assert.throws(read('confg = "a"'), refused(/There is no key confg.*Did you mean config\?/))
  assert.throws(read('config = 3'), refused(/takes a text/))
  assert.throws(() => readDocument('[fleet]\nsecrets = "a"', 'fleet.toml'), refused(/one table for each secret/))
})
