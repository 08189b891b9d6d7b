import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import { readServer } from '../app/server-note.ts'
import type { CommandContext, CommandResult } from './command.ts'

/** The time that a service has for its answer, in milliseconds: with a million items a count takes seconds. */
const PATIENCE_MS = 20_000

const ANSWER = v.object({ status: v.picklist(['ok', 'trouble']), reason: v.optional(v.string()) })

/** Asks the service of this vault whether all is well: exit code 0 or 1. */
export async function checkService(context: CommandContext): Promise<CommandResult> {
  const { io, stage, options } = context
  const { settings } = await context.load()
  const subject = settings.destination ?? (await context.configToWrite()) ?? 'no configuration'
  const address = new URL('healthz', readServer(io.env, `service ${subject}`)?.url ?? `http://localhost:${settings.webPort}/`).href
  const answer = await ask(address)
  const isWell = answer?.status === 'ok'
  const message = isWell
    ? 'All is well.'
    : answer === undefined
      ? `No service answers at ${address}.`
      : `Not all is well: ${answer.reason?.replace(/\.$/, '') ?? 'the service gave no reason'}.`
  if (!options.json && !(options.quiet && isWell)) await stage.answer(`${message}\n`)
  return { exitCode: isWell ? 0 : 1, message, silent: true }
}

/** Asks an address of this machine. Returns undefined if nothing answers as a service does. */
async function ask(address: string): Promise<v.InferOutput<typeof ANSWER> | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const none = (): void => resolve(undefined)
  request(address, { agent: false, signal: AbortSignal.timeout(PATIENCE_MS) }, (response) => void text(response).then(resolve, none))
    .on('error', none)
    .end()
  const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), ANSWER), await promise)
  return answer.success ? answer.output : undefined
}
