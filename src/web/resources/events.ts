import type { ServerResponse } from 'node:http'
import { nextWords } from '../../service/words.ts'
import type { LiveNews } from '../contract.ts'
import { HEADERS } from '../guard.ts'
import type { Office } from '../office.ts'
import type { Resource } from '../web.ts'

/** The most streams at once: each takes a connection of the server. */
const MOST_STREAMS = 16

/** Milliseconds from one picture of a run to the next. */
const EVERY_MS = 1000

/** Pictures without a change until one is sent all the same: it keeps the connection. */
const QUIET = 15

/**
 * News as they come, for as long as the visitor listens: numbered changes of tasks (`id`), and once a second the numbers of the run, which
 * have none. `?since=N`, or the browser's own `Last-Event-ID`, asks for those after that number.
 */
export function eventsResource(office: Office): Resource & { close(): void } {
  // Each stream with the way to end it: at once, because the end of a connection is heard later than the next news come.
  const streams = new Map<ServerResponse, () => void>()
  return {
    methods: ['GET'],
    answer: ({ request, response, asked }) => {
      if (streams.size >= MOST_STREAMS) {
        response.writeHead(503, { ...HEADERS, 'Retry-After': 5 }).end()
        return
      }
      response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream' })
      const { feed } = office.tasks
      const send = (news: LiveNews, id?: number): void => {
        // A page that reads slowly is left out: its unread news would fill the memory.
        if (!response.writableNeedDrain) response.write(`${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(news)}\n\n`)
      }
      const since = Number(request.headers['last-event-id'] ?? asked.query.get('since') ?? feed.last)
      for (const { id, value } of feed.since(Number.isInteger(since) ? since : 0)) send(value, id)
      const forget = feed.listen(({ id, value }) => send(value, id))
      const watch = watching(office, send)
      const end = (): void => {
        streams.delete(response)
        forget()
        watch()
        response.end()
      }
      streams.set(response, end)
      response.once('close', end)
    },
    close: () => {
      for (const end of streams.values()) end()
    },
  }
}

/** Sends the picture of the run, if it has changed, until the returned function is called. */
function watching(office: Office, send: (news: LiveNews) => void): () => void {
  let last = ''
  let quiet = 0
  const look = (): void => {
    const view = office.tasks.view()
    const elsewhere = office.elsewhere()
    const service = office.service()
    const next = service && nextWords(service, office.now())
    const news: LiveNews = {
      kind: 'now',
      ...(view !== undefined && { view }),
      ...(elsewhere !== undefined && { elsewhere }),
      ...(next !== undefined && { next }),
    }
    const text = JSON.stringify(news)
    quiet = text === last ? quiet + 1 : 0
    if (quiet % QUIET === 0) send(news)
    last = text
  }
  look()
  const timer = setInterval(look, EVERY_MS).unref()
  return () => clearInterval(timer)
}
