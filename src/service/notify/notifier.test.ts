import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { freePort } from '../../../test/support/free-ports.ts'
import { startHttpReceiver, startMailReceiver } from '../../../test/support/receivers.ts'
import { defaultSettings, type Settings } from '../../config/settings.ts'
import { DAY } from '../../flow/clock.ts'
import { reportedStore } from './memory.ts'
import type { Facts, Reported } from './news.ts'
import { type Delivery, openNotifier, testNotify } from './notifier.ts'

const NOW = Date.UTC(2026, 10, 29)
const standing: Facts['standing'] = { kind: 'trouble', exitCode: 5, message: 'away' }
const facts = (exitCode: number, message = 'One & <two>.'): Facts => ({
  now: NOW,
  standing,
  lastGood: NOW,
  task: { kind: 'backup', exitCode, message },
})

const memory = () => {
  let reported: Reported | undefined
  return {
    read: () => reported,
    write: (next: Reported): void => {
      reported = next
    },
  }
}

const open = (settings: Partial<Settings>, more: { readonly store?: ReturnType<typeof memory>; readonly sendMs?: number } = {}) => {
  const failures: Delivery[] = []
  const notifier = openNotifier({
    settings: { ...defaultSettings, ...settings },
    env: { PATH: process.env.PATH, SMGMG_BK_API_SECRET: 'secret' },
    store: memory(),
    failed: (delivery) => failures.push(delivery),
    ...more,
  })
  return { notifier, failures }
}

/** A port of this machine that takes connections and never says anything. */
const silentPort = async (t: TestContext): Promise<number> => {
  const server = createServer((socket) => void socket.on('error', () => undefined))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => void server.close())
  return (server.address() as AddressInfo).port
}

describe('a message', () => {
  test('goes to a web hook as JSON that Discord shows, and calls nobody', async (t) => {
    const receiver = await startHttpReceiver(t)
    const { notifier, failures } = open({ notifyUrls: [`${receiver.url}/hook?key=1`] })
    await notifier.consider(facts(3, 'Look at @everyone.'))
    const [request] = receiver.requests
    assert.deepEqual([request?.method, request?.path, request?.headers['content-type']], ['POST', '/hook?key=1', 'application/json'])
    const body = JSON.parse(request?.body ?? '')
    assert.deepEqual([body.kind, body.state, body.at], ['incomplete', 'began', new Date(NOW).toISOString()])
    assert.match(body.text, /Look at @everyone\./)
    assert.ok(body.content.includes(body.text) && body.content.includes(body.title))
    assert.deepEqual(body.allowed_mentions, { parse: [] })
    assert.deepEqual(failures, [])
  })

  test('goes to a topic of ntfy, with its token', async (t) => {
    const receiver = await startHttpReceiver(t)
    const { notifier } = open({ notifyUrls: [`ntfy://:tk_1@${receiver.host}/photos`] })
    await notifier.consider(facts(4, 'Grüße'))
    const [request] = receiver.requests
    assert.deepEqual([request?.method, request?.path, request?.headers.authorization], ['POST', '/photos', 'Bearer tk_1'])
    assert.deepEqual([request?.headers.title, request?.headers.priority], ['SmugMug backup: the sign-in is refused', 'high'])
    assert.match(request?.body ?? '', /Grüße/)
  })

  test('goes by mail to all who are named', async (t) => {
    const { port, mails } = await startMailReceiver(t, { user: 'me', password: 'p w' })
    const { notifier, failures } = open({
      notifyUrls: [`smtp://me:p%20w@127.0.0.1:${port}/?from=nas@example.org&to=a@example.org&to=b@example.org`],
    })
    await notifier.consider(facts(7))
    assert.deepEqual(failures, [])
    assert.deepEqual(
      mails.map(({ from, to, user }) => [from, to, user]),
      [['nas@example.org', ['a@example.org', 'b@example.org'], 'me']],
    )
    assert.match(mails[0]?.data ?? '', /^Subject: SmugMug backup: stopped to ask you$/m)
    assert.match(mails[0]?.data ?? '', /One & <two>\./)
  })

  test('goes to a command as data, without the secrets of this program', async (t) => {
    if (process.platform === 'win32') return t.skip('the command is one of a POSIX shell')
    const folder = mkdtempSync(join(tmpdir(), 'notify-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const { notifier, failures } = open({ notifyCommand: `cat > '${folder}/in'; env > '${folder}/env'` })
    await notifier.consider(facts(3, `$(touch ${folder}/pwned) '; touch ${folder}/pwned #`))
    assert.deepEqual(failures, [])
    assert.match(readFileSync(join(folder, 'in'), 'utf8'), /^SmugMug backup: not everything is held\n\nThe backup has ended/)
    const env = readFileSync(join(folder, 'env'), 'utf8')
    assert.match(env, /^NOTIFY_KIND=incomplete$/m)
    assert.match(env, /^NOTIFY_STATE=began$/m)
    assert.doesNotMatch(env, /SMGMG_BK|secret/)
    assert.ok(!existsSync(join(folder, 'pwned')))
  })
})

test('a watchman hears of the start, of a good end and of a bad one', async (t) => {
  const receiver = await startHttpReceiver(t)
  const { notifier } = open({ notifyPingUrl: `${receiver.url}/ping/0123` })
  notifier.began({ kind: 'backup' })
  notifier.began({ kind: 'verify' })
  for (const exitCode of [0, 3, 6, 130]) await notifier.consider(facts(exitCode))
  await notifier.consider({ now: NOW, standing, task: { kind: 'verify', exitCode: 3 } })
  await notifier.close()
  assert.deepEqual(
    receiver.requests.map(({ method, path }) => `${method} ${path}`),
    ['GET /ping/0123/start', 'GET /ping/0123', 'GET /ping/0123/fail'],
  )
})

test('a watchman of another manner hears of good ends alone', async (t) => {
  const receiver = await startHttpReceiver(t)
  const { notifier } = open({ notifyPingUrl: `${receiver.url}/push/KEY?status=up` })
  notifier.began({ kind: 'backup' })
  for (const exitCode of [3, 0]) await notifier.consider(facts(exitCode))
  assert.deepEqual(
    receiver.requests.map(({ path }) => path),
    ['/push/KEY?status=up'],
  )
})

describe('a message that does not go out', () => {
  test('names the way and the reason, and holds no secret', async (t) => {
    const [closed, refusing, mail] = await Promise.all([
      freePort(),
      startHttpReceiver(t, (response) => response.writeHead(404).end('no such hook')),
      startMailReceiver(t, { user: 'me', password: 'right' }),
    ])
    const { notifier, failures } = open({
      notifyUrls: [
        `http://127.0.0.1:${closed}/services/secret-path`,
        `${refusing.url}/services/secret-path`,
        `smtp://me:wrong-password@127.0.0.1:${mail.port}/?from=a@example.org&to=b@example.org`,
        `smtps://me:wrong-password@127.0.0.1:${closed}/?from=a@example.org&to=b@example.org`,
      ],
      ...(process.platform !== 'win32' && { notifyCommand: 'exit 3' }),
    })
    await notifier.consider(facts(3))
    const lines = failures.map(({ way, trouble }) => `${way}: ${trouble}`).toSorted()
    assert.deepEqual(
      lines,
      [
        ...(process.platform !== 'win32' ? ['the command: ended with exit code 3'] : []),
        'mail by 127.0.0.1: cannot be reached (ESOCKET)',
        'mail by 127.0.0.1: refused the user or the password',
        `the web hook at ${refusing.host}: answered 404`,
        `the web hook at 127.0.0.1:${closed}: cannot be reached (ECONNREFUSED)`,
      ].toSorted(),
    )
    assert.doesNotMatch(lines.join('\n'), /secret-path|wrong-password/)
  })

  test('is given up after a while, whatever hangs: the connection, the command', async (t) => {
    const port = await silentPort(t)
    const { notifier, failures } = open(
      {
        notifyUrls: [
          `http://127.0.0.1:${port}/`,
          `ntfy://127.0.0.1:${port}/t`,
          `smtp://127.0.0.1:${port}/?from=a@example.org&to=b@example.org`,
        ],
        ...(process.platform !== 'win32' && { notifyCommand: 'sleep 1000 & wait' }),
      },
      { sendMs: 400 },
    )
    await notifier.consider(facts(3))
    assert.equal(failures.length, process.platform === 'win32' ? 3 : 4)
    for (const { trouble } of failures) assert.equal(trouble, 'gave no answer within 0.4 s')
  })

  test('is none where the answer has no end: an answer without end is an answer', async (t) => {
    const endless = await startHttpReceiver(t, (response) => {
      response.writeHead(200)
      response.write(' '.repeat(1000))
    })
    const { notifier, failures } = open({ notifyUrls: [`${endless.url}/`] })
    await notifier.consider(facts(3))
    assert.deepEqual([endless.requests.length, failures], [1, []])
  })

  test('is reported at the next look, if it went out nowhere, and only then', async (t) => {
    let status = 500
    const receiver = await startHttpReceiver(t, (response) => response.writeHead(status).end())
    const { notifier } = open({ notifyUrls: [`${receiver.url}/`] })
    await notifier.consider(facts(3))
    status = 200
    for (let i = 0; i < 2; i += 1) await notifier.consider(facts(3))
    assert.equal(receiver.requests.length, 2)
  })
})

test('what was reported is remembered by the next process, and a damaged memory is none', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'reported-'))
  t.after(() => rmSync(home, { recursive: true }))
  const receiver = await startHttpReceiver(t)
  const env = { XDG_STATE_HOME: home }
  for (const exitCode of [3, 3, 0, 0]) {
    const { notifier } = open({ notifyUrls: [`${receiver.url}/`] }, { store: reportedStore(env, '/vault') as ReturnType<typeof memory> })
    await notifier.consider(facts(exitCode))
  }
  assert.deepEqual(
    receiver.requests.map(({ body }) => JSON.parse(body).state),
    ['began', 'ended'],
  )
  assert.deepEqual(reportedStore(env, '/vault').read(), { since: NOW, lastGood: NOW, open: {} })
  assert.equal(reportedStore(env, '/other').read(), undefined)
  assert.equal(reportedStore({}, '/vault').read(), undefined, 'there is no state folder')
})

test('days without a backup are counted from the first look, whatever process took it', async (t) => {
  const receiver = await startHttpReceiver(t)
  const store = memory()
  for (const day of [0, 2, 3, 4]) {
    const { notifier } = open({ notifyUrls: [`${receiver.url}/`] }, { store })
    await notifier.consider({ now: NOW + day * DAY, standing })
  }
  assert.deepEqual(
    receiver.requests.map(({ body }) => JSON.parse(body).kind),
    ['silence'],
  )
})

test('a service that starts while the disk is away knows of the last good backup, and raises no false alarm', async (t) => {
  const receiver = await startHttpReceiver(t)
  const store = memory()
  const begins = () => open({ notifyUrls: [`${receiver.url}/`] }, { store }).notifier
  await begins().consider({ now: NOW, standing, lastGood: NOW })
  await begins().consider({ now: NOW + 30 * DAY, standing, lastGood: NOW + 30 * DAY })
  await begins().consider({ now: NOW + 31 * DAY, standing })
  assert.equal(receiver.requests.length, 0)
  await begins().consider({ now: NOW + 33 * DAY, standing })
  assert.match(JSON.parse(receiver.requests[0]?.body ?? '').text, /Nothing has been backed up for 3 days\./)
})

test('a mail server that stalls after the text, and keeps talking, is hung up on', async (t) => {
  let isClosed: () => void = () => undefined
  const closed = new Promise<void>((resolve) => {
    isClosed = resolve
  })
  const server = createServer((socket) => {
    socket.on('error', () => undefined).on('close', isClosed)
    socket.write('220 hello\r\n')
    socket.on('data', (data) => {
      const text = String(data)
      if (text.startsWith('DATA')) socket.write('354 go on\r\n')
      else if (text.endsWith('\r\n.\r\n')) {
        const talk = setInterval(() => socket.write('250-still at it\r\n'), 20)
        socket.on('close', () => clearInterval(talk))
      } else socket.write('250 fine\r\n')
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => void server.close())
  const { port } = server.address() as AddressInfo
  const { notifier, failures } = open({ notifyUrls: [`smtp://127.0.0.1:${port}/?from=a@example.org&to=b@example.org`] }, { sendMs: 600 })
  await notifier.consider(facts(3))
  await closed
  assert.deepEqual(failures, [{ way: 'mail by 127.0.0.1', trouble: 'gave no answer within 0.6 s' }])
})

test('an answer that is not HTTP is named in plain words', async (t) => {
  const server = createServer((socket) => void socket.on('error', () => undefined).end('220 mail.example.org\r\n\r\n'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => void server.close())
  const { notifier, failures } = open({ notifyUrls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}/`] })
  await notifier.consider(facts(3))
  assert.deepEqual(
    failures.map(({ trouble }) => trouble),
    ['gave an answer that is not HTTP'],
  )
})

test('a test goes over every way, and tells of each', async (t) => {
  const receiver = await startHttpReceiver(t)
  const settings = {
    ...defaultSettings,
    notifyUrls: [`${receiver.url}/hook`, 'ntfy://127.0.0.1:1/t'],
    notifyPingUrl: `${receiver.url}/ping`,
  }
  const deliveries = await testNotify({ settings, env: {} }, NOW)
  assert.deepEqual(deliveries, [
    { way: `the web hook at ${receiver.host}` },
    { way: 'ntfy at 127.0.0.1:1', trouble: 'cannot be reached (ECONNREFUSED)' },
    { way: `the ping at ${receiver.host}` },
  ])
  assert.deepEqual(receiver.requests.map(({ path }) => path).toSorted(), ['/hook', '/ping'])
})
