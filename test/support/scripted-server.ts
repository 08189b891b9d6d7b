import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** A server whose every answer a test writes itself. */
export interface ScriptedServer {
  /** Without a trailing slash. */
  readonly url: string
  readonly host: string
  /** The requests so far, in order. */
  readonly requests: readonly { readonly url: string; readonly headers: IncomingHttpHeaders }[]
}

/** Serves on 127.0.0.1 until the test ends. `nth` counts requests from 1. */
export const serve = async (
  t: TestContext,
  answer: (response: ServerResponse, request: IncomingMessage, nth: number) => void,
): Promise<ScriptedServer> => {
  const requests: { url: string; headers: IncomingHttpHeaders }[] = []
  const server = createServer((request, response) => {
    requests.push({ url: request.url ?? '', headers: request.headers })
    answer(response, request, requests.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url: `http://${host}`, host, requests }
}

/** Sends JSON as SmugMug does: a `Response`, and the status again in `Code`. */
export const sendJson = (response: ServerResponse, body: object, status = 200, headers: Readonly<Record<string, string>> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
