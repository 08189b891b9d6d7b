import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, type TestContext, test } from 'node:test'
import { sendJson, serve } from '../../../test/support/scripted-server.ts'
import { ConfigurationError, IntegrityError, RequestError, SignInError } from '../../errors.ts'
import { FakeClock } from '../../flow/clock.ts'
import type { NewFile } from '../account-writer.ts'
import { signature } from '../wire/oauth1.ts'
import { openWriter, type WriterOptions } from './writer.ts'

const KEYS = { apiKey: 'the-api-key', apiSecret: 'the-api-secret', userToken: 'the-write-token', userSecret: 'the-write-secret' }

const open = (t: TestContext, baseUrl: string, more: Partial<WriterOptions> = {}) => {
  const clock = new FakeClock({ patient: false })
  const writer = openWriter({ baseUrl, keys: KEYS, userAgent: 'smugmug-backup/test', clock, random: () => 0.5, emit: () => {}, ...more })
  t.after(() => writer.close())
  return writer
}

/** Serves answers in turn; remembers method, address, headers and body of each request that came whole. */
const scripted = async (t: TestContext, ...answers: readonly ((response: ServerResponse) => void)[]) => {
  const came: { method: string; url: string; headers: IncomingMessage['headers']; body: Buffer }[] = []
  const server = await serve(t, (response, request, nth) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('error', () => {})
    request.once('end', () => {
      came.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: Buffer.concat(pieces) })
      const answer = answers[Math.min(nth, answers.length) - 1]
      if (answer === undefined) response.destroy()
      else answer(response)
    })
  })
  return { ...server, came }
}

const json =
  (status: number, body: object, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse) =>
    sendJson(response, { Code: status, ...body }, status, headers)

const BYTES = Buffer.from('the whole photo')
const FILE: NewFile = {
  albumKey: 'AbC',
  fileName: 'Größe 1.jpg',
  size: BYTES.length,
  md5: createHash('md5').update(BYTES).digest('hex'),
  bytes: async function* () {
    yield BYTES.subarray(0, 5)
    yield BYTES.subarray(5)
  },
  caption: 'one\ntwo',
  hidden: true,
  requestId: 'r-1',
}
const MADE = json(200, { stat: 'ok', Image: { ImageUri: '/api/v2/image/KeY-3', AlbumImageUri: '/api/v2/album/AbC/image/KeY-3' } })
const cut = (response: ServerResponse): void => void response.destroy()

describe('an upload', () => {
  test('sends the bytes with their length, their MD5 and the words, signed', async (t) => {
    const server = await scripted(t, MADE)
    const writer = open(t, server.url)
    assert.deepEqual(await writer.upload(FILE), { kind: 'done', value: { imageKey: 'KeY', serial: 3 } })
    const [{ method, url, headers, body } = assert.fail()] = server.came
    assert.equal(`${method} ${url}`, 'POST /')
    assert.deepEqual(body, BYTES)
    assert.equal(headers['content-length'], String(BYTES.length))
    assert.equal(headers['transfer-encoding'], undefined)
    assert.equal(headers['content-md5'], createHash('md5').update(BYTES).digest('base64'))
    assert.equal(headers['x-smug-albumuri'], '/api/v2/album/AbC')
    assert.equal(headers['x-smug-filename'], 'Gr%C3%B6%C3%9Fe%201.jpg')
    assert.equal(headers['x-smug-caption'], 'one%0Atwo')
    assert.equal(headers['x-smug-hidden'], 'true')
    assert.match(headers.authorization ?? '', /^OAuth .*oauth_signature="/)
    assert.equal(writer.apiCalls, 1)
  })

  test('is never repeated when it may have arrived', async (t) => {
    const doubtful = {
      'cut connection': cut,
      'a 503': json(503, { Message: 'Service Unavailable' }),
      'a 503 that asks for patience': json(503, {}, { 'retry-after': '5' }),
      'a 504': json(504, {}),
      'a 408': json(408, {}),
      'a page': (response: ServerResponse) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      nothing: (response: ServerResponse) => void response.writeHead(200).end(),
      'half an answer': (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('{"stat"')
        setImmediate(() => response.destroy())
      },
      'ok without an image': json(200, { stat: 'ok' }),
      'a used nonce': json(401, { Message: 'oauth_problem=nonce_used' }),
    }
    for (const [name, answer] of Object.entries(doubtful)) {
      const server = await scripted(t, answer, MADE)
      const verdict = await open(t, server.url).upload(FILE)
      assert.equal(verdict.kind, 'unknown', name)
      assert.equal(server.came.length, 1, name)
    }
  })

  test('is repeated after a 429, with its bytes from the beginning', async (t) => {
    const server = await scripted(t, json(429, {}, { 'retry-after': '30' }), MADE)
    assert.equal((await open(t, server.url).upload(FILE)).kind, 'done')
    assert.deepEqual(
      server.came.map(({ body }) => body.toString()),
      [BYTES.toString(), BYTES.toString()],
    )
  })

  test('that finds no server certainly did nothing', async (t) => {
    const writer = open(t, 'http://127.0.0.1:1')
    await assert.rejects(writer.upload(FILE), (error) => error instanceof RequestError && error.transient)
  })

  test('is refused with a cause, although the status is 200', async (t) => {
    const causes = { 5: 'system error', 6: 'unfit file', 63: 'album full', 64: 'unfit file', 72: 'unfit file', 99: 'other' }
    for (const [code, cause] of Object.entries(causes)) {
      const server = await scripted(t, json(200, { stat: 'fail', code: Number(code), message: 'no' }))
      const verdict = await open(t, server.url).upload(FILE)
      assert.equal(verdict.kind === 'refused' && verdict.cause, cause)
    }
  })

  test('of bytes that break off is the vault’s error, and SmugMug never has them whole', async (t) => {
    const server = await scripted(t, MADE)
    const bytes = async function* () {
      yield BYTES.subarray(0, 5)
      throw new IntegrityError('damaged', { expected: 'a', found: 'b' })
    }
    await assert.rejects(open(t, server.url).upload({ ...FILE, bytes }), IntegrityError)
    assert.equal(server.came.length, 0)
  })

  test('goes to no stranger', () => {
    const options = { keys: KEYS, userAgent: '', clock: new FakeClock(), emit: () => {} }
    for (const uploadUrl of ['https://upload.example.com/', 'http://upload.smugmug.com/', 'nowhere']) {
      assert.throws(() => openWriter({ ...options, baseUrl: 'https://api.smugmug.com', uploadUrl }), ConfigurationError)
    }
  })
})

describe('a change', () => {
  test('is a PATCH in JSON whose signature covers the method and not the body', async (t) => {
    const server = await scripted(t, json(200, { Response: {} }))
    const writer = open(t, server.url)
    await writer.change({ kind: 'image', imageKey: 'KeY', serial: 3 }, { Caption: 'ä' })
    const [{ method, url, headers, body } = assert.fail()] = server.came
    assert.equal(`${method} ${url}`, 'PATCH /api/v2/image/KeY-3?_verbosity=1')
    assert.deepEqual(JSON.parse(body.toString()), { Caption: 'ä' })
    const oauth = [...(headers.authorization ?? '').matchAll(/(oauth_\w+)="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, decodeURIComponent(value)] as const,
    )
    const signed = signature(
      { method: 'PATCH', url: new URL(`${server.url}${url}`) },
      oauth.filter(([name]) => name !== 'oauth_signature'),
      { consumerSecret: KEYS.apiSecret, tokenSecret: KEYS.userSecret },
    )
    assert.equal(Object.fromEntries(oauth).oauth_signature, signed)
  })

  test('that is refused never repeats the password', async (t) => {
    for (const name of ['Password', 'DownloadPassword']) {
      const problems = [{ Name: name, Value: 'hunter2hunter2', Problems: ['hunter2hunter2 is too long'] }]
      const server = await scripted(t, json(400, { Options: { Parameters: { PATCH: problems } }, Message: 'Bad Request' }))
      const verdict = await open(t, server.url).change({ kind: 'node', nodeId: 'n' }, { [name]: 'hunter2hunter2' })
      assert.equal(verdict.kind, 'refused')
      assert.doesNotMatch(JSON.stringify(verdict), /hunter2/)
      assert.match(JSON.stringify(verdict), /Password: … is too long/)
    }
  })

  test('without permission ends everything, with both ways out', async (t) => {
    for (const status of [401, 403]) {
      const server = await scripted(t, json(status, { Message: 'The user has not granted the required permissions' }))
      await assert.rejects(
        open(t, server.url).change({ kind: 'node', nodeId: 'n' }, {}),
        (error) => error instanceof SignInError && /write_api_key/.test(error.hint ?? '') && /Authorized Services/.test(error.hint ?? ''),
      )
    }
  })
})

describe('a new node', () => {
  test('is made once, with its privacy', async (t) => {
    const node = { NodeID: 'N1', Type: 'Album', Name: 'Trip', UrlName: 'Trip', UrlPath: '/Trip', Uris: { Album: '/api/v2/album/K1' } }
    const server = await scripted(t, json(201, { Response: { Locator: 'Node', Node: node } }))
    const verdict = await open(t, server.url).create({ type: 'Album', parentId: 'P', name: 'Trip', privacy: 'Private' })
    assert.equal(verdict.kind === 'done' && verdict.value.albumKey, 'K1')
    const [{ url, body } = assert.fail()] = server.came
    assert.equal(url, '/api/v2/node/P!children?_verbosity=1')
    assert.deepEqual(JSON.parse(body.toString()), { Type: 'Album', Name: 'Trip', Privacy: 'Private' })
  })

  test('of a name that is taken is a conflict', async (t) => {
    const problems = [{ Name: 'UrlName', Problems: ['Conflict'] }]
    for (const status of [409, 400]) {
      const server = await scripted(t, json(status, { Options: { Parameters: { POST: problems } } }))
      const verdict = await open(t, server.url).create({ type: 'Folder', parentId: 'P', name: 'Trip', privacy: 'Private' })
      assert.equal(verdict.kind === 'refused' && verdict.cause, 'conflict')
    }
  })
})

describe('collecting', () => {
  const images = [
    { imageKey: 'Good', serial: 0 },
    { imageKey: 'Bad', serial: 2 },
  ]

  test('names the images that were refused, wherever the answer has them', async (t) => {
    const problems = { UriProblems: { '/api/v2/image/Bad-2': ['Not found'] } }
    const places = [{ Options: { Parameters: { POST: [{ Name: 'CollectUris', ...problems }] } } }, { Response: problems }, problems]
    for (const answer of places) {
      const server = await scripted(t, json(400, answer))
      const verdict = await open(t, server.url).collect('A', images)
      assert.deepEqual(verdict, { kind: 'done', value: [{ imageKey: 'Bad', reason: 'Not found' }] })
      assert.deepEqual(JSON.parse(server.came[0]?.body.toString() ?? ''), {
        CollectUris: '/api/v2/image/Good-0,/api/v2/image/Bad-2',
      })
    }
  })

  test('may have happened when the answer is lost', async (t) => {
    const server = await scripted(t, cut)
    assert.equal((await open(t, server.url).collect('A', images)).kind, 'unknown')
  })
})

test('the permission is found by a change that changes nothing', async (t) => {
  const user = json(200, { Response: { Locator: 'User', User: { NickName: 'me', Uris: { Node: '/api/v2/node/ROOT' } } } })
  const cases: readonly (readonly [(response: ServerResponse) => void, boolean | undefined])[] = [
    [json(200, { Response: {} }), true],
    [json(400, { Message: 'Bad Request' }), true],
    [json(401, { Message: 'The user has not granted the required permissions' }), false],
    [json(403, { Message: 'The user has not granted the required permissions' }), false],
    [json(404, { Message: 'Not Found' }), undefined],
    [cut, undefined],
  ]
  for (const [answer, expected] of cases) {
    const server = await scripted(t, user, answer)
    assert.equal(await open(t, server.url).mayModify(), expected)
    const [, change] = server.came
    assert.equal(`${change?.method} ${change?.url} ${change?.body}`, 'PATCH /api/v2/node/ROOT?_verbosity=1 {}')
  }
})
