import type { Readable, Writable } from 'node:stream'
import { isCancel, password, text } from '@clack/prompts'
import type { Input, Output } from './io.ts'

/** Where and how to ask. */
export interface PromptOptions {
  readonly input: Input
  readonly output: Output
  readonly signal: AbortSignal
  /** Where SmugMug gives keys away. */
  readonly applyAt: string
}

const answered = (answer: string | symbol): string => {
  if (isCancel(answer) || typeof answer !== 'string') throw new DOMException('the question was left unanswered', 'AbortError')
  return answer.trim()
}

const notEmpty = (value: string | undefined): string | undefined =>
  value === undefined || value.trim() === '' ? 'Please paste it here.' : undefined

/** Asks at the terminal for whatever is missing of the API key. Throws an `AbortError` when the question is left with Ctrl-C or Escape. */
export const askApiKeys = async (
  known: { readonly apiKey: string | undefined; readonly apiSecret: string | undefined },
  { input, output, signal, applyAt }: PromptOptions,
): Promise<{ readonly apiKey: string; readonly apiSecret: string }> => {
  // What stands behind a terminal is always a stream of both kinds.
  const common = { input: input as Readable, output: output as Writable, signal, validate: notEmpty }
  const apiKey = known.apiKey ?? answered(await text({ ...common, message: `Your API key (SmugMug gives you one at ${applyAt})` }))
  const apiSecret = known.apiSecret ?? answered(await password({ ...common, message: 'Its secret' }))
  return { apiKey, apiSecret }
}
