/** The addresses of the set-up. */
import * as v from 'valibot'
import { type Exchange, readJson, sendJson, sendPage } from '../answers.ts'
import type { SetUpAnswer, SetUpState } from '../contract.ts'
import { returnPage } from '../pages/return.ts'
import { setUpPage } from '../pages/set-up.ts'
import type { Resource } from '../web.ts'
import { CALLBACK, PAGE, type SetUp } from './set-up.ts'

/** A text as a person may type it. */
const TEXT = v.pipe(v.string(), v.maxLength(4096))

/** Returns the resources by their path. */
export const setUpResources = (setUp: SetUp): ReadonlyMap<string, Resource> =>
  new Map<string, Resource>([
    [PAGE, { methods: ['GET', 'HEAD'], answer: (exchange) => showPage(exchange, setUp) }],
    [
      '/api/setup',
      { methods: ['GET', 'HEAD'], answer: async (exchange) => sendJson(exchange, (await setUp.state()) satisfies SetUpState) },
    ],
    ['/api/setup/key', step(v.strictObject({ apiKey: v.optional(TEXT), apiSecret: v.optional(TEXT) }), (given) => setUp.tryKey(given))],
    [
      '/api/setup/sign-in',
      step(v.strictObject({ how: v.picklist(['browser', 'code']) }), ({ how }, exchange) => setUp.beginSignIn(originOf(exchange), how)),
    ],
    ['/api/setup/code', step(v.strictObject({ signIn: TEXT, code: TEXT }), ({ signIn, code }) => setUp.enterCode(signIn, code))],
    [
      '/api/setup/folder',
      step(v.strictObject({ path: TEXT, make: v.optional(v.boolean()) }), ({ path, make = false }) => setUp.chooseFolder(path, make)),
    ],
    ['/api/setup/times', step(v.strictObject({ times: TEXT }), ({ times }) => setUp.chooseTimes(times))],
    // After the visit at SmugMug a browser does not send our cookie: the one-time state in the address stands for it.
    [CALLBACK, { methods: ['GET'], isPublic: true, answer: (exchange) => receive(exchange, setUp) }],
  ])

/** Returns a resource that takes one step. */
const step = <T>(schema: v.GenericSchema<unknown, T>, take: (given: T, exchange: Exchange) => Promise<SetUpAnswer>): Resource => ({
  methods: ['POST'],
  answer: async (exchange) => {
    const given = await readJson(exchange, schema)
    if (given !== undefined) sendJson(exchange, await take(given, exchange))
  },
})

/** Returns the origin by which the browser knows this page. The guard has compared it with the name that was asked for. */
const originOf = ({ request: { headers } }: Exchange): string => headers.origin ?? `http://${headers.host ?? ''}`

async function showPage(exchange: Exchange, setUp: SetUp): Promise<void> {
  const { query } = exchange.asked
  const code = query.get('code') ?? undefined
  const address = code === undefined ? undefined : setUp.addressOf(code)
  const state = await setUp.state()
  const { host = '' } = exchange.request.headers
  sendPage(
    exchange,
    setUpPage(state, {
      step: query.get('step') ?? undefined,
      ...(code !== undefined && address !== undefined && { waiting: { id: code, address } }),
      isPlain: !/^(?:localhost|127\.|\[::1\])/i.test(host) && exchange.request.headers['x-forwarded-proto'] !== 'https',
    }),
  )
}

/** Receives a browser that comes back from SmugMug. It is thanked once the tokens are stored. */
async function receive(exchange: Exchange, setUp: SetUp): Promise<void> {
  const end = await setUp.returned(exchange.asked.query)
  sendPage(exchange, returnPage(end), {
    status: end.kind === 'stranger' ? 404 : 200,
    ...(end.kind === 'signed in' && { headers: { Refresh: `1; url=${PAGE}` } }),
  })
}
