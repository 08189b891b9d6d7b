/** Receivers of messages on this machine: one for HTTP, one for mail. */
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { TLSSocket } from 'node:tls'

/** One request, as it came. */
export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Starts a server that notes every request, and answers with 204 unless `answer` does. Returns its address, without a slash at its end. */
export async function startHttpReceiver(t: TestContext, answer?: (response: ServerResponse) => void) {
  const requests: ReceivedRequest[] = []
  const server = createHttpServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    requests.push({ method, path: url, headers, body: await text(request) })
    if (answer === undefined) response.writeHead(204).end()
    else answer(response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, requests }
}

/** One mail, as it came. */
export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly user: string | undefined
  /** Headers and text. */
  readonly data: string
}

/** The oddities of a mail server. */
export interface OddMail {
  /** It refuses mail to this address. */
  readonly refuses?: string
  /** Its answer to each sign-in. */
  readonly signIn?: string
  /** It offers to seal the connection, with this certificate. */
  readonly sealed?: { readonly key: string; readonly cert: string }
}

/** Starts a server that takes mail from everybody, or from one user alone, without encryption. */
export async function startMailReceiver(t: TestContext, only?: { readonly user: string; readonly password: string }, odd: OddMail = {}) {
  const mails: ReceivedMail[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    socket.write('220 receiver\r\n')
    void talk(socket, { only, odd, isSealed: false, received: (mail) => mails.push(mail) })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, mails }
}

async function talk(
  socket: Socket,
  more: {
    readonly only: { readonly user: string; readonly password: string } | undefined
    readonly odd: OddMail
    readonly isSealed: boolean
    received(mail: ReceivedMail): void
  },
): Promise<void> {
  const { only, odd, isSealed, received } = more
  const say = (line: string): boolean => socket.write(`${line}\r\n`)
  let from = ''
  let to: string[] = []
  let user: string | undefined
  let data: string[] | undefined
  for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (data !== undefined) {
      if (line === '.') {
        received({ from, to, user, data: data.join('\n') })
        data = undefined
        to = []
        say('250 taken')
      } else data.push(line.replace(/^\./, ''))
    } else if (/^EHLO/i.test(line)) {
      say('250-receiver')
      if (odd.sealed !== undefined && !isSealed) say('250-STARTTLS')
      say('250 AUTH PLAIN')
    } else if (/^STARTTLS/i.test(line) && odd.sealed !== undefined) {
      say('220 go on')
      const sealed = new TLSSocket(socket, { isServer: true, ...odd.sealed }).on('error', () => undefined)
      return await talk(sealed, { ...more, isSealed: true })
    } else if (/^AUTH PLAIN /i.test(line) && odd.signIn !== undefined) {
      say(odd.signIn)
    } else if (/^AUTH PLAIN /i.test(line)) {
      const [, name, password] = Buffer.from(line.slice(11), 'base64').toString().split('\0')
      const isRight = only !== undefined && name === only.user && password === only.password
      if (isRight) user = name
      say(isRight ? '235 welcome' : '535 no')
    } else if (/^MAIL FROM:/i.test(line)) {
      from = /<(.*)>/.exec(line)?.[1] ?? ''
      say(only !== undefined && user === undefined ? '530 who are you' : '250 ok')
    } else if (/^RCPT TO:/i.test(line)) {
      const address = /<(.*)>/.exec(line)?.[1] ?? ''
      if (address !== odd.refuses) to.push(address)
      say(address === odd.refuses ? '550 nobody' : '250 ok')
    } else if (/^DATA/i.test(line)) {
      data = []
      say('354 go on')
    } else if (/^QUIT/i.test(line)) {
      say('221 bye')
      socket.end()
    } else say('502 what')
  }
}
