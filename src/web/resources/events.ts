import type { ServerResponse } from 'node:http'
import type { News } from '../../service/feed.ts'
import type { TaskNews } from '../../service/tasks.ts'
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

/** The most bytes that wait for a page which reads slowly. With more its stream ends: the browser comes again, from the last number on that it has read. */
const MOST_UNREAD = 1_000_000

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
      const since = Number(request.headers['last-event-id'] ?? asked.query.get('since') ?? feed.last)
      const kept = feed.since(Number.isInteger(since) ? since : 0)
      // At once: a page must not get a number without those before it.
      if (kept.length > 0) response.write(kept.map(numbered).join(''))
      const forget = feed.listen((news) => {
        if (response.writableLength > MOST_UNREAD) end()
        else response.write(numbered(news))
      })
      const watch = watching(office, response)
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

const textOf = (news: LiveNews): string => `data: ${JSON.stringify(news)}\n\n`

const numbered = ({ id, value }: News<TaskNews>): string => `id: ${id}\n${textOf(value)}`

/** Sends the picture of the run, if it has changed, until the returned function is called. A page that has not read the last ones yet gets it later. */
function watching(office: Office, response: ServerResponse): () => void {
  let last = ''
  let quiet = 0
  const look = (): void => {
    if (response.writableNeedDrain) return
    const view = office.tasks.view()
    const elsewhere = office.elsewhere()
    const service = office.service()
    const next = service && nextWords(service, office.now())
    const text = textOf({
      kind: 'now',
      ...(view !== undefined && { view }),
      ...(elsewhere !== undefined && { elsewhere }),
      ...(next !== undefined && { next }),
    })
    quiet = text === last ? quiet + 1 : 0
    if (quiet % QUIET === 0) response.write(text)
    last = text
  }
  look()
  const timer = setInterval(look, EVERY_MS).unref()
  return () => clearInterval(timer)
}
