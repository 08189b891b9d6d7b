import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const bin = join(root, 'bin', 'smugmug-backup.cjs')

const run = (...args: readonly string[]) => spawnSync(process.execPath, args, { encoding: 'utf8' })

test('the program starts, answers and sets its exit code', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }
  const answer = run(bin, '-version')
  assert.deepEqual([answer.status, answer.stdout, answer.stderr], [0, `smugmug-backup ${version}\n`, ''])
  assert.equal(run(bin, '--no-such-option').status, 2)
})

test('without a home folder, and in a working folder that is gone, commands that need neither work', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'nowhere-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const preload = join(folder, 'preload.cjs')
  const code = "() => { throw Object.assign(new Error('gone'), { code: 'ENOENT', syscall: 'uv_os_homedir' }) }"
  writeFileSync(preload, `require('node:os').homedir = ${code}; require('node:module').syncBuiltinESMExports()`)
  const nowhere = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const cwd = mkdtempSync(join(folder, 'gone-'))
    const script = 'rmdir "$PWD"; exec "$@"'
    const parameters = ['-c', script, 'sh', process.execPath, '--require', preload, bin, ...args]
    return spawnSync('sh', parameters, { encoding: 'utf8', cwd, env: { PATH: process.env.PATH, ...env } })
  }
  for (const args of [['--help'], ['--version'], ['backup', '--help']]) assert.equal(nowhere(args).status, 0, args.join(' '))
  for (const [args, says] of [
    [['status'], /no configuration yet/],
    [['proof', 'photos', '--destination', folder], /photos is relative/],
    [['--config', 'here.toml'], /here\.toml is relative/],
    [['login'], /no home folder/],
  ] as const) {
    const { status, stderr } = nowhere(args)
    assert.match(stderr, says)
    assert.equal(status, 2, `${args.join(' ')}: ${stderr}`)
  }
  const { stdout } = nowhere(['status', '--json'], { SMGMG_BK_DESTINATION: folder, HOME: '' })
  assert.match(stdout, /"event":"summary"/)
})

test('an older Node prints advice, in a language that it reads', () => {
  const older = `Object.defineProperty(process, 'versions', { value: { node: '24.15.9' } }); require(${JSON.stringify(bin)})`
  const { status, stderr } = run('-e', older)
  assert.equal(status, 2)
  assert.match(stderr, /needs Node 24\.16\.0 or newer, but this is Node 24\.15\.9/)
  const code = readFileSync(bin, 'utf8').replace(/^#!.*|\/\/.*$/gm, '')
  assert.doesNotMatch(code, /=>|`|\b(?:const|let|class|async|import)\b|\?\.|\?\?/)
})
