import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemory } from '../../src/vault/storage/memory.ts'
import { storageContract } from '../contracts/storage.contract.ts'
import { faultyStorage } from './faulty-storage.ts'

storageContract('faulty storage without faults', () => ({ storage: faultyStorage(openMemory()).storage }))

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

test('the chosen call fails, before its effect or after it', async () => {
  const error = new Error('fault')
  const base = openMemory()
  const { storage, calls, paths, unstruck } = faultyStorage(base, [
    { method: 'put', call: 2, error },
    { method: 'put', call: 3, when: 'after', error },
    { method: 'put', path: (path) => path.startsWith('x/'), call: 2, error },
    { method: 'read', when: 'after', error },
    { method: 'remove', error },
  ])
  await storage.put('1', bytes('one'))
  await assert.rejects(storage.put('2', bytes('two')), error)
  await assert.rejects(storage.put('3', bytes('three')), error)
  await storage.put('x/1', bytes('four'))
  await assert.rejects(storage.put('x/2', bytes('five')), error)
  assert.deepEqual((await base.list('')).map((entry) => entry.name).sort(), ['1', '3', 'x'])
  assert.equal(calls('put'), 5)
  assert.deepEqual(paths('put'), ['1', '2', '3', 'x/1', 'x/2'])

  const seen: string[] = []
  await assert.rejects(async () => {
    for await (const chunk of storage.read('1')) seen.push(Buffer.from(chunk).toString())
  }, error)
  assert.deepEqual(seen, ['one'])
  assert.deepEqual(
    unstruck().map((fault) => fault.method),
    ['remove'],
  )
})
