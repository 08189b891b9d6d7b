import type { Readable, Writable } from 'node:stream'
import { confirm, isCancel, password, select, text } from '@clack/prompts'
import type { Input, Output } from './io.ts'

/** A choice of several. */
export interface Choice<T> {
  readonly value: T
  readonly label: string
}

/** A question for one line. */
export interface LineQuestion {
  readonly message: string
  /** The answer that stands there to begin with. */
  readonly initial?: string | undefined
  /** Returns the reason why an answer is refused; then the question stays. */
  readonly check?: (answer: string) => string | undefined
  /** True shows dots in place of the answer. */
  readonly secret?: boolean
}

/** Questions at a terminal. Each throws an `AbortError` when the person presses Ctrl-C or Escape. */
export interface Questions {
  line(question: LineQuestion): Promise<string>
  yes(message: string, initial: boolean): Promise<boolean>
  choose<T extends string>(message: string, choices: readonly Choice<T>[]): Promise<T>
}

/** The terminal to ask at. */
export interface PromptOptions {
  readonly input: Input
  readonly output: Output
  readonly signal: AbortSignal
}

const left = (): DOMException => new DOMException('the question was left unanswered', 'AbortError')

/** Opens the questions of a terminal. They fit into 40 columns if their messages do. */
export const openQuestions = ({ input, output, signal }: PromptOptions): Questions => {
  // The streams of a terminal always have both types.
  const common = { input: input as Readable, output: output as Writable, signal }
  return {
    line: async ({ message, initial, check, secret = false }) => {
      const validate = (value: string | undefined): string | undefined => {
        const answer = value?.trim() ?? ''
        return answer === '' ? 'Please type or paste it here.' : check?.(answer)
      }
      const answer = secret
        ? await password({ ...common, message, validate })
        : await text({ ...common, message, validate, ...(initial !== undefined && { initialValue: initial }) })
      if (isCancel(answer)) throw left()
      return answer.trim()
    },
    yes: async (message, initial) => {
      const answer = await confirm({ ...common, message, initialValue: initial })
      if (isCancel(answer)) throw left()
      return answer
    },
    choose: async (message, choices) => {
      const options = choices.map(({ value, label }) => ({ value: value as string, label }))
      const answer = await select({ ...common, message, options, showInstructions: false })
      const chosen = choices.find(({ value }) => value === answer)
      if (chosen === undefined) throw left()
      return chosen.value
    },
  }
}
