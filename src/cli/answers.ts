import { createInterface, type Interface } from 'node:readline'
import { ConfigurationError } from '../errors.ts'
import type { Input } from './io.ts'

/** Lines that a person types, or that come through a pipe. */
export interface Answers {
  /** Returns the next line, trimmed. Throws `ConfigurationError` when there is none, and the signal's reason when it is aborted. */
  next(signal: AbortSignal): Promise<string>
  close(): void
}

/** Reads lines from standard input, beginning with the first question. Lines that arrive early are kept. */
export const openAnswers = (stdin: Input): Answers => {
  const lines: string[] = []
  let ended = false
  let reader: Interface | undefined
  let arrived: () => void = () => {}

  const start = (): Interface =>
    createInterface({ input: stdin, terminal: false })
      .on('line', (line) => {
        lines.push(line)
        arrived()
      })
      .on('close', () => {
        ended = true
        arrived()
      })
  return {
    next: async (signal) => {
      signal.throwIfAborted()
      reader ??= start()
      while (lines.length === 0 && !ended) {
        const news = Promise.withResolvers<void>()
        arrived = () => news.resolve()
        signal.addEventListener('abort', arrived, { once: true })
        await news.promise
        signal.removeEventListener('abort', arrived)
        signal.throwIfAborted()
      }
      const line = lines.shift()
      if (line !== undefined) return line.trim()
      throw new ConfigurationError('Standard input ended without an answer.', {
        hint: 'Type the answer, or send it through a pipe as a line.',
      })
    },
    close: () => {
      reader?.close()
      stdin.pause()
    },
  }
}
