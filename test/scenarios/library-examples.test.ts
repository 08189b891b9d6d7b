/** Runs the examples of docs/library.md and of examples/ as programs of strangers, against a simulated account. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { libraryExamples, root } from '../manual.ts'
import { openScene, type Scene } from './harness.ts'

/** Opens a scene with a folder in which programs find the library by its name, and a function that runs one of them. */
async function openFolder(t: TestContext) {
  const scene = await openScene(t)
  const folder = join(scene.folder, 'programs')
  const installed = join(folder, 'node_modules', 'smugmug-backup')
  mkdirSync(installed, { recursive: true })
  writeFileSync(join(installed, 'package.json'), JSON.stringify({ type: 'module', exports: './index.js' }))
  writeFileSync(join(installed, 'index.js'), `export * from ${JSON.stringify(pathToFileURL(join(root, 'src', 'index.ts')))}\n`)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  return { scene, folder, run: (name: string) => runProgram(scene, join(folder, name)) }
}

async function runProgram(scene: Scene, path: string): Promise<{ readonly code: number; readonly said: string }> {
  const child = spawn(process.execPath, [path, scene.vault], { cwd: scene.cwd, env: scene.env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, said: out + err }
}

test('every example of the manual runs to its end, one after the other', async (t) => {
  const { scene, folder, run } = await openFolder(t)
  const [old, copy] = [join(scene.folder, 'old'), join(scene.folder, 'photos.copy')]
  for (const each of [old, copy]) mkdirSync(each)
  const real = {
    apiKey: scene.env.SMGMG_BK_API_KEY,
    apiSecret: scene.env.SMGMG_BK_API_SECRET,
    userToken: scene.env.SMGMG_BK_USER_TOKEN,
    userSecret: scene.env.SMGMG_BK_USER_SECRET,
    baseUrl: scene.env.SMGMG_BK_BASE_URL,
    destination: scene.vault,
  }
  const examples = libraryExamples()
  for (const [index, example] of examples.entries()) {
    const program = example
      .replace(/^const settings = \{\n[^}]*\}\n/m, `const settings = ${JSON.stringify(real)}\n`)
      .replaceAll('/mnt/old-backup', old)
      .replaceAll(/\/mnt\/(photos\.\w+)/g, `${scene.folder}/$1`)
    writeFileSync(join(folder, `example-${index}.ts`), program)
  }
  const main = examples.map((_, index) => `await import('./example-${index}.ts')\nconsole.log('${index} ended')\n`).join('')
  writeFileSync(join(folder, 'main.ts'), main)
  const { code, said } = await run('main.ts')
  assert.equal(code, 0, said)
  assert.match(said, new RegExp(`^${examples.length - 1} ended$`, 'm'))
  assert.match(said, /DestinationError 5 /)
  const lines = readFileSync(join(scene.folder, 'photos.jsonl'), 'utf8').trim().split('\n')
  assert.ok(lines.length > 1 && existsSync(join(scene.folder, 'photos.csv')))
})

for (const name of readdirSync(join(root, 'examples'))) {
  test(`examples/${name} backs up, and ends with the exit code of the run`, async (t) => {
    const { scene, folder, run } = await openFolder(t)
    copyFileSync(join(root, 'examples', name), join(folder, name))
    const first = await run(name)
    assert.equal(first.code, 0, first.said)
    assert.match(first.said, /^Complete: /m)
    scene.simulator.setWorld({ ...smallWorld(), keys: { ...smallWorld().keys, userToken: 'another' } })
    const refused = await run(name)
    assert.equal(refused.code, 4, refused.said)
  })
}
