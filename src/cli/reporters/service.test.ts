import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeIo } from '../../../test/support/fake-io.ts'
import { TASK_KINDS, type TaskKind } from '../../service/tasks.ts'
import { parseArguments } from '../arguments.ts'
import { openStage } from '../stage.ts'
import { reportService } from './service.ts'

test('the log of a service names each task in plain English', () => {
  const io = fakeIo()
  const invocation = parseArguments(['service'], io.env)
  assert.ok(invocation.kind === 'run')
  const stage = openStage(io, invocation, () => {})
  const report = reportService({ stage, now: io.now, quiet: false })
  for (const kind of Object.keys(TASK_KINDS) as TaskKind[]) {
    report({ kind: 'begins', task: { id: 1, kind, state: 'running', startedAt: 0 }, why: 'it is due' })
  }
  assert.deepEqual(
    [...io.stdout.text.matchAll(/ {2}(.*) begins: it is due\.$/gm)].map(([, noun]) => noun),
    ['A backup', 'A dry run', 'A verification', 'An update of the copies', 'A prune', 'An update of the twin', 'A look ahead'],
  )
})
