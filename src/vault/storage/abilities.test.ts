import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bareStorage } from '../../../test/support/bare-storage.ts'
import { faultyStorage } from '../../../test/support/faulty-storage.ts'
import { layout } from '../layout.ts'
import { appendTo, endMoves, moveEntry } from './abilities.ts'
import { openMemory } from './memory.ts'
import type { Storage } from './storage.ts'

async function* text(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content)
}

const contentOf = async (storage: Storage, path: string): Promise<string> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of storage.read(path)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const NAMES = ['one', 'two', 'sub/three']

/** Interrupts a move of a folder at one call, without the ability to rename. */
async function interrupted(method: 'copy' | 'remove' | 'put', call: number, when: 'before' | 'after'): Promise<Storage> {
  const memory = openMemory()
  for (const name of NAMES) await memory.put(`album/${name}`, text(name))
  const cut = bareStorage(faultyStorage(memory, [{ method, call, when, error: new Error('cut') }]).storage)
  await assert.rejects(moveEntry(cut, 'album', 'moved'), /cut/)
  return bareStorage(memory)
}

for (const method of ['put', 'copy', 'remove'] as const) {
  for (const call of method === 'put' ? [1] : [1, 2, 3]) {
    for (const when of ['before', 'after'] as const) {
      test(`a move that ended ${when} ${method} ${call} loses nothing, and goes on`, async () => {
        const storage = await interrupted(method, call, when)
        for (const name of NAMES) {
          const standing = (await storage.stat(`album/${name}`)) === undefined ? 'moved' : 'album'
          assert.equal(await contentOf(storage, `${standing}/${name}`), name)
        }
        await endMoves(storage)
        // It may have ended before its note stood.
        if ((await storage.stat('album')) !== undefined) await moveEntry(storage, 'album', 'moved')
        assert.deepEqual(await storage.list(layout.moves), [])
        for (const name of NAMES) assert.equal(await contentOf(storage, `moved/${name}`), name)
        assert.equal(await storage.stat('album'), undefined)
      })
    }
  }
}

test('a finished move leaves no note of itself', async () => {
  const storage = bareStorage(openMemory())
  await storage.put('a', text('a'))
  await moveEntry(storage, 'a', 'b')
  assert.deepEqual(await storage.list(layout.moves), [])
})

test('a file that came to the goal of an interrupted move is not taken for a copy', async () => {
  const storage = await interrupted('copy', 2, 'before')
  await storage.put('moved/two', text('two, of somebody else'))
  await assert.rejects(moveEntry(storage, 'album', 'moved'), { name: 'StorageError', code: 'EEXIST' })
  assert.equal(await contentOf(storage, 'moved/two'), 'two, of somebody else')
  for (const name of NAMES) assert.equal(await contentOf(storage, `album/${name}`), name)
})

test('an interrupted move that cannot go on leaves no note, and loses nothing', async () => {
  for (const path of ['moved/two', 'album']) {
    const storage = await interrupted('copy', 2, 'before')
    if (path === 'album') for (const name of NAMES) await storage.remove(`album/${name}`)
    else await storage.put(path, text('of somebody else'))
    await endMoves(storage)
    assert.deepEqual(await storage.list(layout.moves), [])
    if (path !== 'album') assert.equal(await contentOf(storage, path), 'of somebody else')
    if (path !== 'album') for (const name of NAMES) assert.equal(await contentOf(storage, `album/${name}`), name)
  }
})

test('what is added by several tasks at once is all there, where a storage cannot append', async () => {
  const storage = bareStorage(openMemory())
  await Promise.all(Array.from({ length: 9 }, (_, n) => appendTo(storage, 'journal', `${n}\n`)))
  assert.equal(await contentOf(storage, 'journal'), '0\n1\n2\n3\n4\n5\n6\n7\n8\n')
})
