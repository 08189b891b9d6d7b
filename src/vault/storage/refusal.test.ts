import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusalOf } from './refusal.ts'

test('a full disk is named with the file and its size, however small', async () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', errno: -28, syscall: 'write' })
  for (const [size, words] of [
    [20_000_000, '(20.0 MB)'],
    [7000, '(7.0 kB)'],
    [1, '(1 byte)'],
    [undefined, 'a.jpg.'],
  ] as const) {
    const doing = { verb: 'store', path: 'a.jpg', writes: true, ...(size !== undefined && { size }) }
    const { message = '' } = (await refusalOf(error, doing, '/vault')) ?? {}
    assert.ok(message.startsWith('The destination /vault is full: there was no room to store a.jpg'), message)
    assert.ok(message.includes(words), message)
  }
})
