import type { Readable, Writable } from 'node:stream'
import { isCancel, password, text } from '@clack/prompts'
import type { Input, Output } from './io.ts'

/** The terminal to ask at, and the address that gives keys. */
export interface PromptOptions {
  readonly input: Input
  readonly output: Output
  readonly signal: AbortSignal
  /** The page where SmugMug gives API keys. */
  readonly applyAt: string
}

const answered = (answer: string | symbol): string => {
  if (isCancel(answer) || typeof answer !== 'string') throw new DOMException('the question was left unanswered', 'AbortError')
  return answer.trim()
}

const notEmpty = (value: string | undefined): string | undefined =>
  value === undefined || value.trim() === '' ? 'Please paste it here.' : undefined

/** Asks at the terminal for the missing parts of the API key. Throws an `AbortError` when the person presses Ctrl-C or Escape. */
export const askApiKeys = async (
  known: { readonly apiKey: string | undefined; readonly apiSecret: string | undefined },
  { input, output, signal, applyAt }: PromptOptions,
): Promise<{ readonly apiKey: string; readonly apiSecret: string }> => {
  // The streams of a terminal always have both types.
  const common = { input: input as Readable, output: output as Writable, signal, validate: notEmpty }
  const apiKey = known.apiKey ?? answered(await text({ ...common, message: `Your API key (SmugMug gives you one at ${applyAt})` }))
  const apiSecret = known.apiSecret ?? answered(await password({ ...common, message: 'Its secret' }))
  return { apiKey, apiSecret }
}
