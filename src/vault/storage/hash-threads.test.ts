import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { Hashing } from '../../flow/checked.ts'
import { HashThreads } from './hash-threads.ts'

const folder = mkdtempSync(join(tmpdir(), 'hash-threads-'))
after(() => rmSync(folder, { recursive: true }))

function file(bytes: Uint8Array): number {
  const path = join(folder, randomBytes(8).toString('hex'))
  writeFileSync(path, bytes)
  return openSync(path, 'r')
}

function digestOf(bytes: Uint8Array) {
  const hashing = new Hashing()
  hashing.update(bytes)
  return hashing.digest()
}

describe('threads that hash', () => {
  test('give the digest of each of many files, more than there are threads, and count their bytes', async () => {
    const threads = new HashThreads(2)
    const contents = [0, 1, 262_144, 262_145, 9_000_000, 5, 4_194_304, 100].map((size) => randomBytes(size))
    let seen = 0
    const digests = await Promise.all(
      contents.map(async (bytes) => {
        const fd = file(bytes)
        try {
          return await threads.hash(fd, { seen: (read) => (seen += read) })
        } finally {
          closeSync(fd)
        }
      }),
    )
    assert.deepEqual(digests, contents.map(digestOf))
    assert.equal(
      seen,
      contents.reduce((sum, { length }) => sum + length, 0),
    )
  })

  test('do nothing where there is one core', async () => {
    assert.equal(await new HashThreads(1).hash(-1, {}), undefined)
  })

  test("pass the system's error on, and go on with the next file", async () => {
    const threads = new HashThreads(2)
    const directory = openSync(folder, 'r')
    await assert.rejects(threads.hash(directory, {}), { code: 'EISDIR', syscall: 'read' })
    closeSync(directory)
    const fd = file(Buffer.from('photo'))
    assert.deepEqual(await threads.hash(fd, {}), digestOf(Buffer.from('photo')))
    closeSync(fd)
  })

  test('stop in the middle of a file when the signal is aborted', async () => {
    const threads = new HashThreads(2)
    const fd = file(Buffer.alloc(64 * 2 ** 20))
    const stop = new AbortController()
    let seen = 0
    const hashing = threads.hash(fd, {
      signal: stop.signal,
      seen: (read) => {
        seen += read
        stop.abort(new Error('enough'))
      },
    })
    await assert.rejects(hashing, /enough/)
    assert.ok(seen > 0)
    await assert.rejects(threads.hash(fd, { signal: stop.signal }), /enough/)
    closeSync(fd)
  })

  test('leave a file to the caller where the system gives no thread', async () => {
    let asked = 0
    const threads = new HashThreads(2, () => {
      asked += 1
      throw Object.assign(new Error('Worker initialization failure: EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' })
    })
    const fd = file(Buffer.from('photo'))
    assert.equal(await threads.hash(fd, {}), undefined)
    assert.equal(await threads.hash(fd, {}), undefined)
    assert.equal(asked, 1, 'it is asked for once')
    closeSync(fd)
  })

  for (const [how, program] of [
    ['ends by an error', "throw new Error('no memory')"],
    ['ends in the middle of a file', "require('node:worker_threads').parentPort.once('message', () => process.exit(1))"],
  ] as const) {
    test(`leave a file to the caller when a thread ${how}`, { timeout: 30_000 }, async () => {
      const threads = new HashThreads(2, () => new Worker(program, { eval: true }))
      const fd = file(Buffer.from('photo'))
      assert.deepEqual(await Promise.all([threads.hash(fd, {}), threads.hash(fd, {}), threads.hash(fd, {})]), [
        undefined,
        undefined,
        undefined,
      ])
      closeSync(fd)
    })
  }

  test('leave a file to the caller when the thread ended while it waited for work', { timeout: 30_000 }, async () => {
    const digest = { size: 5, md5: 'a', sha256: 'b' }
    const program = `const { parentPort } = require('node:worker_threads')
      parentPort.once('message', () => {
        parentPort.postMessage({ digest: ${JSON.stringify(digest)} })
        setTimeout(() => { throw new Error('no memory') }, 20)
      })`
    const started: Worker[] = []
    const threads = new HashThreads(2, () => {
      const thread = new Worker(program, { eval: true })
      started.push(thread)
      return thread
    })
    const fd = file(Buffer.from('photo'))
    assert.deepEqual(await threads.hash(fd, {}), digest)
    const [thread] = started
    await new Promise((resolve) => thread?.once('exit', resolve).ref())
    assert.equal(await threads.hash(fd, {}), undefined)
    closeSync(fd)
  })

  test('keep no process alive', async () => {
    const program = `
      const { HashThreads } = await import(${JSON.stringify(import.meta.resolve('./hash-threads.ts'))})
      const { openSync } = await import('node:fs')
      const fd = openSync(process.execPath, 'r')
      console.log((await new HashThreads(2).hash(fd, {})).size)`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 60_000 })
    assert.ok(Number(stdout) > 1_000_000)
  })
})
