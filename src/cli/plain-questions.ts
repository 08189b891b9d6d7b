import { openAnswers } from './answers.ts'
import type { PromptOptions, Questions } from './prompts.ts'

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: keys that are no characters arrive as such
/** Ctrl-C, Ctrl-D, Escape. */
const STOPS = /[\x03\x04\x1b]/
/** Backspace, with the character that it takes away. */
const ERASED = /^[\x7f\b]|[^\x7f\b][\x7f\b]/
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: keys that are no characters arrive as such

/**
 * Opens the questions of a terminal that obeys no control codes (`TERM=dumb`): plain lines, one answer a line. An empty answer takes the
 * one in brackets. A secret is not shown. Each question throws as those of `openQuestions` do.
 */
export const openPlainQuestions = ({ input, output, signal }: PromptOptions): Questions => {
  const answers = openAnswers(input)
  /** Asks for a line that the terminal does not show, from the moment of the question on. In this mode Ctrl-C is a character, and no signal. */
  const hidden = async (question: string): Promise<string> => {
    const stop = new AbortController()
    const typed = (piece: Buffer | string): void => {
      if (STOPS.test(piece.toString())) stop.abort(new DOMException('the question was left unanswered', 'AbortError'))
    }
    const terminal: { setRawMode?(isRaw: boolean): unknown } = input as object
    terminal.setRawMode?.(true)
    input.on('data', typed)
    output.write(question)
    try {
      let answer = await answers.next(AbortSignal.any([signal, stop.signal]))
      while (ERASED.test(answer)) answer = answer.replace(ERASED, '')
      return answer
    } finally {
      input.off('data', typed)
      terminal.setRawMode?.(false)
      output.write('\n')
    }
  }
  /** Asks until `read` returns something; without it, says why. */
  const asked = async <T>(
    question: string,
    { read, why, secret = false }: { read(answer: string): T | undefined; why(answer: string): string; readonly secret?: boolean },
  ): Promise<T> => {
    for (;;) {
      input.resume()
      if (!secret) output.write(`${question}: `)
      const answer = await (secret ? hidden(`${question}: `) : answers.next(signal)).finally(() => input.pause())
      const value = read(answer)
      if (value !== undefined) return value
      output.write(`${why(answer)}\n`)
    }
  }
  return {
    line: ({ message, initial, check, secret = false }) => {
      const whole = (answer: string): string => (answer === '' ? (initial ?? '') : answer)
      const trouble = (answer: string): string | undefined =>
        whole(answer) === '' ? 'Please type or paste it here.' : check?.(whole(answer))
      return asked(initial === undefined ? message : `${message} [${initial}]`, {
        read: (answer) => (trouble(answer) === undefined ? whole(answer) : undefined),
        why: (answer) => trouble(answer) ?? '',
        secret,
      })
    },
    yes: (message, initial) => {
      const read = (answer: string): boolean | undefined => {
        if (answer === '') return initial
        if (/^y(es)?$/i.test(answer)) return true
        return /^no?$/i.test(answer) ? false : undefined
      }
      return asked(`${message} [${initial ? 'yes' : 'no'}]`, { read, why: () => 'Please answer yes or no.' })
    },
    choose: (message, choices) => {
      for (const [at, { label }] of choices.entries()) output.write(`  ${at + 1}  ${label}\n`)
      return asked(`${message} [1]`, {
        read: (answer) => choices[answer === '' ? 0 : Number(answer) - 1]?.value,
        why: () => `Please answer with a number from 1 to ${choices.length}.`,
      })
    },
  }
}
