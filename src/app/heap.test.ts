import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepHeapSmall } from './heap.ts'

test('a system that does not say how much memory the process holds, as one without /proc, ends no run', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const error = Object.assign(new Error('ENOENT: no such file or directory'), { code: 'ENOENT', syscall: 'uv_resident_set_memory' })
  const rss = t.mock.method(process.memoryUsage, 'rss', () => {
    throw error
  })
  keepHeapSmall()
  t.mock.timers.tick(500)
  assert.equal(rss.mock.callCount(), 2)
})
