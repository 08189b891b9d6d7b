import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, type TestContext, test } from 'node:test'
import { startSimulator } from '../../simulator/simulator.ts'
import type { Fault } from '../../simulator/world.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { serve } from '../../test/support/scripted-server.ts'
import { defaultSettings } from '../config/settings.ts'
import { AppError, SignInError } from '../errors.ts'
import { type SignInRequest, signIn } from './login.ts'

const { keys, nickName } = smallWorld()

/** Plays the owner in front of a browser: presses the button, and returns the answer. */
const allow = async (address: string): Promise<Response> =>
  await fetch(address.replace(/\?.*/, ''), { method: 'POST', body: new URLSearchParams(new URL(address).searchParams), redirect: 'manual' })

const codeOf = async (address: string): Promise<string> => /id="code">(\d{6})</.exec(await (await allow(address)).text())?.[1] ?? ''

/** Returns a code of six digits that is another one. */
const wrong = (code: string): string => `${(Number(code[0]) + 1) % 10}${code.slice(1)}`

const setUp = async (t: TestContext, over: Partial<SignInRequest> = {}, faults: readonly Fault[] = []) => {
  const simulator = await startSimulator(smallWorld(), { faults })
  t.after(() => simulator.close())
  const said: string[] = []
  const request: SignInRequest = {
    settings: { ...defaultSettings, apiKey: keys.apiKey, apiSecret: keys.apiSecret, baseUrl: simulator.apiUrl, maxRetries: 0 },
    emit: () => undefined,
    signal: new AbortController().signal,
    ask: () => assert.fail('nobody is asked'),
    open: () => assert.fail('no browser is opened'),
    say: (text) => said.push(text),
    console: true,
    ...over,
  }
  const addresses = (): readonly string[] => said.filter((text) => text.startsWith('http'))
  return { simulator, said, addresses, request }
}

describe('a server that does not come to an end', { timeout: 30_000 }, () => {
  const tokens = 'oauth_token=a&oauth_token_secret=b'
  const hangs: Readonly<Record<string, (response: ServerResponse) => void>> = {
    'never answers': () => undefined,
    'drips its answer': (response) => {
      response.writeHead(200)
      const drops = setInterval(() => response.write('x'), 20)
      response.once('close', () => clearInterval(drops))
    },
  }
  for (const [what, hang] of Object.entries(hangs)) {
    for (const step of ['getRequestToken', 'getAccessToken', 'authuser']) {
      test(`${step}: it ${what}, and nobody is kept waiting`, async (t) => {
        const server = await serve(t, (response, { url }) => (url?.includes(step) ? hang(response) : response.end(tokens)))
        const { request } = await setUp(t, { ask: () => Promise.resolve('123456'), answerMs: 300 })
        await assert.rejects(signIn({ ...request, settings: { ...request.settings, baseUrl: server.url } }), AppError)
      })
    }
  }
})

const problem = (name: string, nth = 1): Fault => ({
  on: 'accesstoken',
  nth,
  does: { kind: 'status', status: 401, body: `oauth_problem=${name}` },
})

describe('the six-digit code', () => {
  test('is asked for again, with the reason, and one that is none is never sent', async (t) => {
    const { simulator, said, addresses, request } = await setUp(t)
    let code: string | undefined
    const answers = [() => '12', () => wrong(code ?? ''), () => `${code?.slice(0, 3)}-${code?.slice(3)} `]
    const ask = async (): Promise<string> => {
      code ??= await codeOf(addresses()[0] ?? '')
      return answers.shift()?.() ?? assert.fail('asked too often')
    }
    assert.deepEqual(await signIn({ ...request, ask, tries: 3 }), { ...pick(keys), nickName })
    assert.equal(simulator.counters.byEndpoint.accesstoken, 2)
    assert.equal(addresses().length, 1, 'the address stays good')
    assert.match(said.join('\n'), /six digits[\s\S]*verifier_invalid/)
  })

  test('is given up after the last try', async (t) => {
    const { addresses, request } = await setUp(t)
    let asked = 0
    const ask = async (): Promise<string> => {
      if (asked++ === 0) await allow(addresses()[0] ?? '')
      return '000000'
    }
    await assert.rejects(
      signIn({ ...request, ask, tries: 3 }),
      (error) => error instanceof SignInError && error.problem === 'verifier_invalid',
    )
    assert.equal(asked, 3)
    asked = 0
    await assert.rejects(signIn({ ...request, ask }), SignInError)
    assert.equal(asked, 1)
  })

  test('that comes too late begins the sign-in again, with a new address', async (t) => {
    const { addresses, request } = await setUp(t, {}, [problem('token_expired')])
    const ask = async (): Promise<string> => await codeOf(addresses().at(-1) ?? '')
    assert.equal((await signIn({ ...request, ask, tries: 3 })).nickName, nickName)
    assert.equal(new Set(addresses()).size, 2)
  })

  test('is not asked for again when the clock is wrong', async (t) => {
    const { request, addresses } = await setUp(t, {}, [problem('timestamp_refused')])
    const ask = async (): Promise<string> => await codeOf(addresses()[0] ?? '')
    await assert.rejects(signIn({ ...request, ask, tries: 3 }), (error) => error instanceof SignInError && /clock/.test(error.message))
  })
})

describe('the browser', () => {
  const visited = async (address: string): Promise<string> =>
    await (await fetch((await allow(address)).headers.get('Location') ?? '')).text()

  for (const [name, faults, page] of [
    ['is thanked after the exchange', [], /Thank you/],
    ['is told that it failed', [problem('verifier_invalid')], /Not signed in/],
    ['is not thanked before the account is known', [{ on: 'authuser', does: { kind: 'status', status: 401 } }], /Not signed in/],
  ] as const) {
    test(name, async (t) => {
      const { request, said } = await setUp(t, { console: false }, faults)
      const shown = Promise.withResolvers<string>()
      const open = async (url: string): Promise<boolean> => {
        void visited(url).then(shown.resolve, shown.reject)
        return true
      }
      const end = signIn({ ...request, open }).catch((error: unknown) => error)
      assert.match(await shown.promise, page)
      assert.equal((await end) instanceof SignInError, faults.length > 0)
      assert.match(said.join('\n'), /Waiting for you in the browser \(5 minutes\)/)
    })
  }

  test('is not waited for for ever', async (t) => {
    const { request } = await setUp(t, { console: false, open: async () => true, patienceMs: 1 })
    await assert.rejects(signIn(request), (error) => error instanceof SignInError && /Nobody came back/.test(error.message))
  })
})

const pick = ({ userToken, userSecret }: typeof keys) => ({ userToken, userSecret })
