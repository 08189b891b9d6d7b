import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { freeBytes } from './disk-room.ts'

describe('the free bytes of a disk', () => {
  const disk = { bsize: 4096, blocks: 1000, bfree: 600, bavail: 500 }
  const told = (facts: Partial<typeof disk>) => freeBytes('/', async () => ({ ...disk, ...facts }))

  test('are those that this user may write', async () => assert.equal(await told({}), 500 * 4096))

  for (const facts of [
    { blocks: 0, bfree: 0, bavail: 0 },
    { bavail: 0 },
    { bavail: 2000 },
    { bfree: 5000 },
    { bsize: 0 },
    { blocks: 2 ** 52 },
  ])
    test(`are unknown where the disk says ${JSON.stringify(facts)}`, async () => assert.equal(await told(facts), undefined))

  test('are unknown where it says nothing', async () => {
    assert.equal(await freeBytes('/no/such/folder/anywhere'), undefined)
    assert.ok(((await freeBytes('/')) ?? 1) > 0)
  })
})

test('a disk without numbers is nowhere taken for a full one: nothing else asks the system for them', () => {
  const src = new URL('../', import.meta.url)
  const asking = globSync('**/*.ts', { cwd: src }).filter((path) => /\bstatfs(?:Sync)?\b/.test(readFileSync(new URL(path, src), 'utf8')))
  assert.deepEqual(asking, ['flow/disk-room.ts'])
})
