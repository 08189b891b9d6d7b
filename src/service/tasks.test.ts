import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tasks } from './tasks.ts'

/** Starts one task that says these events and ends, and resolves when it has ended. */
function ended(events: readonly object[], now: () => number): Promise<Tasks> {
  const says = events.map((event) => JSON.stringify(event)).join('\n')
  return run(`console.log(${JSON.stringify(says)})`, { now })
}

/** The same for a task that runs this script. */
async function run(
  script: string,
  { now = Date.now, env = {} }: { readonly now?: () => number; readonly env?: Readonly<Record<string, string>> },
): Promise<Tasks> {
  const tasks = new Tasks({ command: process.execPath, before: ['--eval', script, '--'], options: [], env }, now)
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

test('a task has one store of memory for all its threads, unless the environment says otherwise', async () => {
  const says = `console.log(JSON.stringify({ event: 'summary', message: process.env.MALLOC_ARENA_MAX, exitCode: 0 }))`
  const told = async (env: Readonly<Record<string, string>>) => (await run(says, { env })).view()?.words.texts.detail
  assert.equal(await told({}), '1')
  assert.equal(await told({ MALLOC_ARENA_MAX: '4' }), '4')
})

test('a warning stands once among the messages of a task, though it comes as an event and in words', async () => {
  const script = `console.log(JSON.stringify({ event: 'warning', message: 'Mind the gap.' })); console.error('Warning: Mind the gap.')`
  assert.deepEqual((await run(script, {})).view()?.log, ['Warning: Mind the gap.'])
})

test('the room that a backup needs is that of its forecast, without the files that lie there; of an adoption nothing is known', async () => {
  const of = async (more: object) => {
    const event = { event: 'forecast', items: 3, bytes: 500, unsized: 0, free: 200, ...more }
    return (await ended([event, { event: 'summary', message: '', exitCode: 0 }], Date.now)).list()[0]?.forecast
  }
  assert.deepEqual(await of({ needs: 100 }), { needs: 100, free: 200 })
  assert.equal(await of({}), undefined)
})

test('a task that the system refuses to start at once has ended, with the reason', { skip: process.platform === 'win32' }, async () => {
  // More than the system passes on to a process.
  const [task] = (await run('', { env: { FAR_TOO_LONG: 'x'.repeat(5_000_000) } })).list()
  assert.deepEqual([task?.state, task?.exitCode], ['ended', undefined])
  assert.match(task?.message ?? '', /^The program could not be started: spawn E2BIG\.$/)
})
