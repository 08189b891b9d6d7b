/** `key new` as a person and a script use it, and Debian's `age` with the keys that it made. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { parse } from 'smol-toml'
import { KEYS, noPseudoTerminal, openTerminal, type Terminal } from '../support/pseudo-terminal.ts'
import { assertCode, jsonOf, openScene, type Scene } from './harness.ts'

const PROGRAM = process.env.SMUGMUG_BACKUP_PROGRAM ?? join(import.meta.dirname, '..', '..', 'bin', 'smugmug-backup.cjs')
const PRIVATE = /AGE-SECRET-KEY-1[0-9A-Z]{58}/
const noAge = spawnSync('age', ['--version']).status === 0 ? false : 'age is not installed'
const OTHER = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'

const keyFileOf = (scene: Scene): string => join(scene.home, '.smgmg', 'vault-key.txt')

const begin = (t: TestContext, scene: Scene, args: readonly string[] = []): Terminal => {
  const { PATH = '', HOME = '', XDG_STATE_HOME = '', NODE_COMPILE_CACHE = '' } = scene.env
  const env = { PATH, HOME, XDG_STATE_HOME, NODE_COMPILE_CACHE, TZ: 'UTC' }
  return openTerminal(t, [process.execPath, PROGRAM, 'key', 'new', ...args], { env, cwd: scene.cwd, columns: 240 })
}

/** Reads the key from the sheet, as a person does: the numbered lines, one behind the other. */
const readSheet = (lines: readonly string[]): { readonly identity: string; readonly last: string } => {
  const found = new Map(lines.flatMap((line) => [...line.matchAll(/^ {2}([1-4]) {3}([0-9A-Z ]+?)\s*$/g)].map(([, at, text]) => [at, text])))
  assert.equal(found.size, 4, lines.join('\n'))
  return { identity: `AGE-SECRET-KEY-1${[...found.values()].join('').replaceAll(' ', '')}`, last: found.get('4') ?? '' }
}

const encryptionIn = (toml: string): { readonly recipients: readonly string[]; readonly identity_file: string } =>
  structuredClone(parse(toml).encryption) as never

const settingsIn = (text: string) => {
  const lines = text
    .slice(text.indexOf('[encryption]'))
    .split('\n')
    .map((line) => line.trimEnd())
  const end = lines.findIndex((line) => line.startsWith('identity_file'))
  return encryptionIn(lines.slice(0, end + 1).join('\n'))
}

describe('key new at a terminal', { skip: noPseudoTerminal }, () => {
  test('shows a paper key, and writes the other one only after a line of the paper was typed', async (t) => {
    const scene = await openScene(t)
    const terminal = begin(t, scene)
    await terminal.shows(/If you lose both, the photos in the vault are lost/)
    await terminal.shows(/Type line 4 from your paper/)
    const { identity, last } = readSheet(terminal.lines)
    assert.match(identity, PRIVATE)
    assert.ok(!existsSync(keyFileOf(scene)))
    terminal.type(`WRONG${KEYS.enter}`)
    await terminal.shows(/That is not line 4/)
    assert.ok(!existsSync(keyFileOf(scene)))
    terminal.type(`${KEYS.clear}${last.toLowerCase()}${KEYS.enter}`)
    const { code } = await terminal.ended
    assert.equal(code, 0)
    const encryption = settingsIn(terminal.lines.join('\n'))
    assert.equal(encryption.identity_file, keyFileOf(scene))
    assert.equal(statSync(keyFileOf(scene)).mode & 0o777, 0o600)
    const file = readFileSync(keyFileOf(scene), 'utf8')
    assert.ok(file.includes(`# public key: ${encryption.recipients[0]}\n`))
    assert.ok(!file.includes(identity), 'the paper key is stored nowhere')
    assert.ok(!terminal.raw.includes(PRIVATE.exec(file)?.[0] ?? ''), 'the key of the file is not shown')
    if (noAge !== false) return t.diagnostic(noAge)
    // The stranger: types the sheet into a file, checks it as the sheet says, and opens what was sealed for both.
    const paper = join(scene.folder, 'key.txt')
    writeFileSync(paper, `${identity}\n`)
    for (const [at, path] of [keyFileOf(scene), paper].entries())
      assert.equal(execFileSync('age-keygen', ['-y', path], { encoding: 'utf8' }).trim(), encryption.recipients[at])
    assert.ok(terminal.shown.includes(`age-keygen -y key.txt ${encryption.recipients[1]}`))
    const sealed = execFileSync(
      'age',
      encryption.recipients.flatMap((each) => ['-r', each]),
      { input: 'a photo' },
    )
    for (const path of [keyFileOf(scene), paper])
      assert.equal(execFileSync('age', ['-d', '-i', path], { input: sealed, encoding: 'utf8' }), 'a photo')
  })

  test('Ctrl-C leaves nothing behind', async (t) => {
    const scene = await openScene(t)
    const terminal = begin(t, scene)
    await terminal.answer(/Type line 4/, KEYS.ctrlC)
    const { code, shown } = await terminal.ended
    assert.equal(code, 130)
    assert.match(shown, /Stopped; no key was written.*throw it away/)
    assert.ok(!existsSync(join(scene.home, '.smgmg')))
  })

  test('the file is looked for before anything is shown', async (t) => {
    const scene = await openScene(t)
    mkdirSync(join(scene.home, '.smgmg'))
    writeFileSync(keyFileOf(scene), 'precious')
    const { code, shown } = await begin(t, scene).ended
    assert.equal(code, 2)
    assert.match(shown, /exists already: a key is never written over another one/)
    assert.doesNotMatch(shown, /PAPER KEY/)
  })
})

describe('key new without a terminal', () => {
  test('insists on a second key, and takes its public half', async (t) => {
    const scene = await openScene(t)
    const refused = await scene.run(['key', 'new'])
    assertCode(refused, 2)
    assert.match(refused.stderr, /no terminal to show a paper key at.*\n.*--second/)
    const made = await scene.run(['key', 'new', '--second', OTHER])
    assertCode(made, 0)
    const encryption = encryptionIn(made.stdout)
    const own = /public key: (.*)/.exec(readFileSync(keyFileOf(scene), 'utf8'))?.[1]
    assert.deepEqual(encryption, { recipients: [own, OTHER], identity_file: keyFileOf(scene) })
    assert.doesNotMatch(made.stdout + made.stderr, /AGE-SECRET/)
  })

  test('a private key, a mistyped and a foreign one are no second key; none is shown', async (t) => {
    const scene = await openScene(t)
    const identity = 'AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX'
    for (const second of [identity, OTHER.replace('q', 'p'), 'ssh-ed25519 AAAA']) {
      const refused = await scene.run(['key', 'new', '--second', second])
      assertCode(refused, 2)
      assert.match(refused.stderr, /--second takes a public key of age/)
      assert.doesNotMatch(refused.stdout + refused.stderr, /GFPYY/)
    }
    const stray = await scene.run(['key', identity])
    assertCode(stray, 2)
    assert.doesNotMatch(stray.stdout + stray.stderr, /GFPYY/)
    assert.ok(!existsSync(keyFileOf(scene)))
  })

  test('with --json the last line is the summary, and no line holds a private key', async (t) => {
    const scene = await openScene(t)
    const made = await scene.run(['key', 'new', '--json', '--second', OTHER, '--output', 'mine.txt'])
    assertCode(made, 0)
    const { lines } = jsonOf(made)
    assert.deepEqual(
      lines.map(({ event }) => event),
      ['key', 'summary'],
    )
    assert.equal(lines[0]?.identityFile, join(scene.cwd, 'mine.txt'))
    assert.doesNotMatch(made.stdout + made.stderr, /AGE-SECRET/)
  })

  test('nothing is ever overwritten: a file, a folder, a link to nowhere', async (t) => {
    const scene = await openScene(t)
    writeFileSync(join(scene.cwd, 'file'), 'precious')
    mkdirSync(join(scene.cwd, 'folder'))
    symlinkSync(join(scene.cwd, 'nowhere'), join(scene.cwd, 'link'))
    for (const name of ['file', 'folder', 'link']) {
      const refused = await scene.run(['key', 'new', '--second', OTHER, '--output', name])
      assertCode(refused, 2)
      assert.match(refused.stderr, /exists already/)
    }
    assert.equal(readFileSync(join(scene.cwd, 'file'), 'utf8'), 'precious')
    assert.deepEqual(readdirSync(join(scene.cwd, 'folder')), [])
    assert.ok(!existsSync(join(scene.cwd, 'nowhere')))
    const below = await scene.run(['key', 'new', '--second', OTHER, '--output', join('file', 'key.txt')])
    assertCode(below, 2)
    assert.match(below.stderr, /cannot be written to .*ENOTDIR/)
  })
})
