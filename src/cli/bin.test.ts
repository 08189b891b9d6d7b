import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const bin = join(root, 'bin', 'smugmug-backup.cjs')

const run = (...args: readonly string[]) => spawnSync(process.execPath, args, { encoding: 'utf8' })

test('the program starts, answers and sets its exit code', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }
  const answer = run(bin, '-version')
  assert.deepEqual([answer.status, answer.stdout, answer.stderr], [0, `smugmug-backup ${version}\n`, ''])
  assert.equal(run(bin, '--no-such-option').status, 2)
})

test('an older Node is told what to do, in a language that it reads', () => {
  const older = `Object.defineProperty(process, 'versions', { value: { node: '24.15.9' } }); require(${JSON.stringify(bin)})`
  const { status, stderr } = run('-e', older)
  assert.equal(status, 2)
  assert.match(stderr, /needs Node 24\.16\.0 or newer, but this is Node 24\.15\.9/)
  const code = readFileSync(bin, 'utf8').replace(/^#!.*|\/\/.*$/gm, '')
  assert.doesNotMatch(code, /=>|`|\b(?:const|let|class|async|import)\b|\?\.|\?\?/)
})
