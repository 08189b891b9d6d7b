/** Messages by HTTP: ntfy, web hooks, and the watchman's ping. */
import { EnvHttpProxyAgent, errors, request } from 'undici'
import type { NotifyAddress } from '../../config/notify-address.ts'
import type { News } from './news.ts'
import { notReached, SendError, type Way } from './way.ts'

type Env = Readonly<Record<string, string | undefined>>

/** One request: without a body it only asks. */
export interface Call {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Sends one request through the proxy that the environment names, and reads no more of the answer than its status. Throws `SendError`. */
export async function call({ url, headers, body }: Call, env: Env, signal: AbortSignal): Promise<void> {
  const named = (name: string): string => env[name] ?? env[name.toUpperCase()] ?? ''
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: named('http_proxy'),
    httpsProxy: named('https_proxy'),
    noProxy: named('no_proxy'),
  })
  try {
    const answer = await request(url, {
      method: body === undefined ? 'GET' : 'POST',
      ...(headers && { headers }),
      body: body ?? null,
      dispatcher,
      signal,
    })
    // An answer without end must not hold anything up: its connection is broken off below.
    answer.body.on('error', () => undefined).destroy()
    if (answer.statusCode >= 300) throw new SendError(`answered ${answer.statusCode}`)
  } catch (error) {
    throw sendError(error)
  } finally {
    await dispatcher.destroy()
  }
}

/** Returns a failure of the connection as one sentence; any other error as it is. */
function sendError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  // Not one of undici's own class, whatever its name says.
  if (error.name === 'HTTPParserError') return new SendError('gave an answer that is not HTTP')
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code !== undefined || error instanceof errors.UndiciError) return notReached(code ?? error.name)
  return error
}

/** Returns the way to a topic of ntfy, as its manual says: the text is the body, the rest are headers. */
export const ntfyWay = (address: Extract<NotifyAddress, { kind: 'ntfy' }>, env: Env): Way => ({
  label: `ntfy at ${new URL(address.url).host}`,
  send: ({ title, text, state }, signal) =>
    call(
      {
        url: address.url,
        headers: {
          'Content-Type': 'text/plain; charset=utf-8',
          Title: title,
          Priority: state === 'began' ? 'high' : 'default',
          Tags: state === 'began' ? 'warning' : 'white_check_mark',
          ...authorized(address),
        },
        body: text,
      },
      env,
      signal,
    ),
})

/** Returns the way to a web hook: JSON whose `text` Slack shows, and whose `content` Discord does. */
export const webhookWay = (address: Extract<NotifyAddress, { kind: 'webhook' }>, env: Env): Way => ({
  label: `the web hook at ${new URL(address.url).host}`,
  send: (news, signal) =>
    call(
      {
        url: address.url,
        headers: { 'Content-Type': 'application/json', ...authorized(address) },
        body: JSON.stringify(hookBody(news, new URL(address.url).hostname)),
      },
      env,
      signal,
    ),
})

function hookBody({ kind, state, title, text, at }: News, host: string): object {
  // Slack reads <, > and & as marks of its own, and refuses fields that it does not know.
  if (host === 'hooks.slack.com') return { text: escaped(`*${title}*\n${text}`) }
  return {
    kind,
    state,
    title,
    text,
    at: new Date(at).toISOString(),
    // An album called @everyone calls nobody.
    content: `**${title}**\n${text}`,
    allowed_mentions: { parse: [] },
  }
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const authorized = ({ authorization }: { readonly authorization?: string }) =>
  authorization === undefined ? {} : { Authorization: authorization }

/** The moments of a backup that a watchman hears of. */
export type Moment = 'start' | 'success' | 'fail'

/**
 * Returns the request that reports a moment to a watchman, in the manner of healthchecks.io: `/start` and `/fail` after the address. An
 * address with a query is of another manner, and hears of success only.
 */
export function pingCall(address: Extract<NotifyAddress, { kind: 'webhook' }>, moment: Moment): Call | undefined {
  const url = new URL(address.url)
  if (moment !== 'success') {
    if (url.search !== '') return undefined
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${moment}`
  }
  return { url: url.href, headers: authorized(address) }
}
