import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { albumNode, folder, KEYS, photo } from '../../simulator/worlds/make.ts'
import { filesBelow } from '../support/lab.ts'
import { openScene } from './harness.ts'

const photos = (album: string, count: number) =>
  Array.from({ length: count }, (_, n) =>
    photo(`${album}${n}`, { bytes: { kind: 'seeded', seed: `${album}${n}`, size: 300_000, starts: 'jpg' } }),
  )
const world = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    folder(
      'Travel',
      ['A', 'B', 'C'].map((name) => albumNode(name, photos(name, 30))),
    ),
  ],
}

test('a checkout goes on after Ctrl-C and after kill -9', async (t) => {
  const scene = await openScene(t, { world })
  assert.equal((await scene.backup()).summary.exitCode, 0)
  const out = join(scene.folder, 'out')
  const stopIn = async (album: string, signal: 'SIGINT' | 'SIGKILL') => {
    // It is in the midst of this album whenever the signal comes.
    const program = `--import=${new URL('../support/held-disk.mjs', import.meta.url).href}`
    const env = { NODE_OPTIONS: program, HELD_IN: join(out, 'Travel', album) }
    const running = scene.start(['checkout', '1', '--output', out], { env })
    await running.until(() => existsSync(join(out, 'Travel', album)) && readdirSync(join(out, 'Travel', album)).length > 3)
    running.kill(signal)
    return await running.ended
  }
  const held = filesBelow(scene.vault, (path) => path.endsWith('.jpg'))
  const isWhole = () => [...filesBelow(out, (path) => path.endsWith('.jpg'))].every(([path, md5]) => held.get(path) === md5)
  const stopped = await stopIn('A', 'SIGINT')
  assert.equal(stopped.code, 130)
  assert.match(
    stopped.stdout + stopped.stderr,
    /Interrupted: \d+ of 90 files, as they were after run 1 [\s\S]*Give the same command again: it goes on/,
  )
  assert.ok(isWhole())
  assert.equal((await stopIn('B', 'SIGKILL')).signal, 'SIGKILL')
  assert.ok(isWhole())
  const { summary } = await scene.json(['checkout', '1', '--output', out])
  assert.deepEqual([summary.exitCode, summary.items, summary.failed], [0, 90, 0])
  assert.ok(summary.kept >= 30, `${summary.kept} were there`)
  assert.deepEqual(
    filesBelow(out, (path) => !path.endsWith('.json')),
    held,
  )
})
