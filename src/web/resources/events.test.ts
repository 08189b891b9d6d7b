import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { defaultSettings } from '../../config/settings.ts'
import { openOffice, type WebApp } from '../office.ts'
import { eventsResource } from './events.ts'

/** Serves the news of a vault that nobody uses. `say` adds pieces at once, each with a number. */
async function openNews(t: TestContext) {
  const office = openOffice({
    app: { usedBy: () => undefined, stateOf: () => '' } as unknown as WebApp,
    settings: { ...defaultSettings, destination: '/vault' },
    program: { command: process.execPath, before: [], options: [], env: {} },
    request: (settings) => ({ settings, emit: () => undefined, signal: new AbortController().signal, env: {} }),
    now: Date.now,
  })
  const events = eventsResource(office)
  const server = createServer((request, response) => {
    const asked = { method: 'GET', segments: [], query: new URL(request.url ?? '', 'http://localhost').searchParams } as const
    void events.answer({ request, response, asked })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    events.close()
    server.close()
    server.closeAllConnections()
    await office.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    listen: (query = '', headers = {}): Promise<Response> => fetch(`http://127.0.0.1:${port}/${query}`, { headers }),
    say: (count: number, length: number): void => {
      for (let n = 0; n < count; n++) office.tasks.feed.add({ kind: 'warning', task: 1, message: 'x'.repeat(length) })
    },
  }
}

/** Reads the numbers of a stream up to this one, or up to its end. */
async function numbersOf(answer: Response, last: number): Promise<readonly number[]> {
  const numbers: number[] = []
  let text = ''
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const events = (text + chunk).split('\n\n')
    text = events.pop() ?? ''
    for (const event of events) {
      const [, id] = /^id: (\d+)\n/.exec(event) ?? []
      if (id !== undefined) numbers.push(Number(id))
    }
    if (numbers.at(-1) === last) break
  }
  return numbers
}

const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, index) => index + 1)

test('no piece of news is left out, however many come at once', async (t) => {
  const { listen, say } = await openNews(t)
  const early = await listen()
  say(300, 500)
  assert.deepEqual(await numbersOf(early, 300), upTo(300))
  assert.deepEqual(await numbersOf(await listen('?since=0'), 300), upTo(300))
})

test('a page that reads too slowly gets an end, and the rest when it comes again', async (t) => {
  const { listen, say } = await openNews(t)
  const slow = await listen()
  say(400, 10_000)
  const read = await numbersOf(slow, 400)
  assert.ok(read.length > 0 && read.length < 400, `${read.length} of 400`)
  assert.deepEqual(read, upTo(read.length))
  const rest = await numbersOf(await listen('?since=0', { 'last-event-id': `${read.length}` }), 400)
  assert.deepEqual([...read, ...rest], upTo(400))
})
