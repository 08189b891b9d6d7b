import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { platform } from 'node:os'
import { test } from 'node:test'
import { OwnProcess } from './own-process.ts'

/** A process that ends with 130 after two signals, as a command does, and says that it is there. */
const COUNTING = `
let count = 0
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { if (++count === 2) process.exit(130) })
console.log(JSON.stringify({ event: 'warning', message: 'here' }))
setTimeout(() => process.exit(1), 2000)
`

test('a process that has no turn while it is stopped twice stops at once', { skip: platform() !== 'linux' }, async () => {
  const program = { command: process.execPath, before: ['--eval', COUNTING, '--'], options: [], env: {} }
  const running = new OwnProcess(program, [], {
    listener: {
      event: () => {
        // As on a loaded machine: both signals wait for it.
        running.child?.kill('SIGSTOP')
        while (!/^\d+ \(.*\) T /.test(readFileSync(`/proc/${running.child?.pid}/stat`, 'utf8')));
        running.stop()
        running.stop()
        running.child?.kill('SIGCONT')
      },
      note: assert.fail,
    },
  })
  assert.deepEqual(await running.ended, { exitCode: 130 })
})
