/** A program that stops before its end has failed. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const bin = join(import.meta.dirname, '..', '..', 'bin', 'smugmug-backup.cjs')

/** Code that runs in the program before it: the module's function never answers, and keeps nothing alive. */
const neverAnswers = (module: string, name: string): string =>
  `require('${module}').${name} = () => new Promise(() => {}); require('node:module').syncBuiltinESMExports()`

const folderWith = (context: { after(call: () => void): void }, code: string): { readonly folder: string; readonly preload: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'stopped-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const preload = join(folder, 'preload.cjs')
  writeFileSync(preload, code)
  return { folder, preload }
}

for (const command of [['backup'], ['status'], ['export', '--output', 'x.csv'], ['list', '--json'], ['verify', '--json', '--quiet']]) {
  test(`a loop that runs dry is a failure and says so: ${command.join(' ')}`, (context) => {
    const { folder, preload } = folderWith(context, neverAnswers('node:fs/promises', 'stat'))
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', preload, bin, ...command], {
      cwd: folder,
      env: { ...process.env, HOME: folder },
      encoding: 'utf8',
    })
    assert.equal(status, 1)
    assert.match(stderr, /stopped in the middle, which is a bug/)
    assert.doesNotMatch(stdout, /summary/)
  })
}

test('a program that cannot even be loaded is a failure', (context) => {
  const { folder, preload } = folderWith(context, "require('node:module').registerHooks({ load: () => { throw new Error('gone') } })")
  assert.equal(spawnSync(process.execPath, ['--require', preload, bin, 'status'], { cwd: folder }).status, 1)
})

test('without a terminal SIGHUP is not heard, and the exit code is the proven one', async (context) => {
  // The first look at a file waits until the test says that the signal was sent.
  const waits =
    "const files = require('node:fs/promises'); const { stat } = files; files.stat = async (...given) => {" +
    " process.stderr.write('waiting\\n'); await new Promise((go) => process.stdin.once('data', go)); files.stat = stat;" +
    " require('node:module').syncBuiltinESMExports(); process.stdin.destroy(); return stat(...given) };" +
    " require('node:module').syncBuiltinESMExports()"
  const { folder, preload } = folderWith(context, waits)
  const child = spawn(process.execPath, ['--require', preload, bin, 'status'], { cwd: folder, env: { ...process.env, HOME: folder } })
  await once(child.stderr, 'data')
  child.kill('SIGHUP')
  child.stdin.write('go\n')
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  assert.deepEqual([code, signal], [2, null])
})
