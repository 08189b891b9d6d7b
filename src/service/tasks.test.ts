import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tasks } from './tasks.ts'

/** Starts one task that says these events and ends, and resolves when it has ended. */
async function ended(events: readonly object[], now: () => number): Promise<Tasks> {
  const says = events.map((event) => JSON.stringify(event)).join('\n')
  const before = ['--eval', `console.log(${JSON.stringify(says)})`, '--']
  const tasks = new Tasks({ command: process.execPath, before, options: [], env: {} }, now)
  const end = Promise.withResolvers<void>()
  tasks.feed.listen(({ value }) => value.kind === 'task' && value.task.state === 'ended' && end.resolve())
  tasks.start('verify')
  await end.promise
  return tasks
}

test('the picture of a task that has ended rests: it is the same, however long one looks at it', async () => {
  let at = Date.UTC(2026, 0, 1)
  const problem = { kind: 'damaged', name: 'Travel/a.jpg', reason: 'its bytes are not those of the backup' }
  const summary = { event: 'summary', message: 'One file is damaged.', exitCode: 3 }
  const tasks = await ended([{ event: 'problem', problem }, summary], () => at)
  const first = JSON.stringify(tasks.view())
  at += 3_600_000
  assert.equal(JSON.stringify(tasks.view()), first)
  const view = tasks.view()
  assert.deepEqual([view?.task.state, view?.words.texts.detail, view?.words.tables.program], ['ended', 'One file is damaged.', []])
  assert.deepEqual(
    view?.exceptions.map(({ names }) => names),
    [['a.jpg']],
  )
})
