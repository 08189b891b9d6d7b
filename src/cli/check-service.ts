import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'
import { printOfVault, readServer } from '../app/server-note.ts'
import { AppError } from '../errors.ts'
import type { CommandContext, CommandResult } from './command.ts'

/** The time that a service has for its answer, in milliseconds: with a million items a count takes seconds. */
const PATIENCE_MS = 20_000

const ANSWER = v.object({ status: v.picklist(['ok', 'trouble']), reason: v.optional(v.string()) })

/** Asks the service of this vault whether all is well: exit code 0 or 1. */
export async function checkService(context: CommandContext): Promise<CommandResult> {
  const { stage, options } = context
  const trouble = await troubleOf(context)
  const isWell = trouble === undefined
  const message = trouble ?? 'All is well.'
  if (!options.json && !(options.quiet && isWell)) await stage.answer(`${message}\n`)
  return { exitCode: isWell ? 0 : 1, message, silent: true }
}

/** Returns the trouble in a sentence; undefined if all is well. */
async function troubleOf(context: CommandContext): Promise<string | undefined> {
  try {
    const { settings } = await context.load()
    const { destination, webPort } = settings
    const subject = destination ?? (await context.configToWrite()) ?? 'no configuration'
    const address = new URL('healthz', readServer(context.io.env, `service ${subject}`)?.url ?? `http://localhost:${webPort}/`)
    // The port may be another service's: that of another vault.
    const answer = await ask(`${address}${destination === undefined ? '' : `?of=${printOfVault(destination)}`}`)
    if (answer === undefined) return `No service answers at ${address}.`
    if (answer.status === 'ok') return undefined
    return `Not all is well: ${answer.reason?.replace(/\.$/, '') ?? 'the service gave no reason'}.`
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    // A service can do nothing with these settings, either.
    return `Not all is well: ${[error.message, error.hint].filter((text) => text !== undefined).join(' ')}`
  }
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
