import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../support/free-ports.ts'
import { stopServers } from './daemons.ts'

const daemons = join(import.meta.dirname, 'daemons.ts')

test('a daemon outlives the process that started it, and ends with the servers of the run', {
  skip: process.platform === 'win32' && 'no daemons on Windows',
}, async () => {
  const all = mkdtempSync(join(tmpdir(), 'daemons with a space-'))
  const folder = join(all, 'one')
  mkdirSync(folder)
  const start = `import { startDaemon } from ${JSON.stringify(daemons)}\nstartDaemon(${JSON.stringify(folder)}, 'sleep', ['1000'])`
  execFileSync(process.execPath, ['--input-type=module', '-e', start])
  const number = Number(readFileSync(join(folder, 'daemons.txt'), 'utf8'))
  assert.equal(process.kill(number, 0), true)
  stopServers(all)
  // A killed process needs a moment.
  const end = Date.now() + 20_000
  while (isRunning(number) && Date.now() < end) await sleep(10)
  assert.equal(isRunning(number), false)
  assert.equal(existsSync(all), false)
  stopServers(all)
})

/** A process that has ended may still be in the list until its parent has asked for it. */
function isRunning(number: number): boolean {
  const status = `/proc/${number}/status`
  return existsSync(status) && !/^State:\s*Z/m.test(readFileSync(status, 'utf8'))
}

test('free ports are different ones', async () => {
  const ports = await freePorts(5)
  assert.equal(new Set(ports).size, 5)
})
