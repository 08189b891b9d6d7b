import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { stripVTControlCharacters } from 'node:util'

const HELPER = join(import.meta.dirname, 'pseudo-terminal.py')

/** The reason why there are no pseudo-terminals here; false when there are. For `skip`. */
export const noPseudoTerminal: string | false =
  process.platform !== 'win32' && spawnSync('python3', ['-c', 'import pty, termios']).status === 0
    ? false
    : 'there is no python3 with pty, which makes pseudo-terminals'

/** A program at a pseudo-terminal. */
export interface Terminal {
  /** Everything shown so far, without control codes, each run of blanks and line ends as one blank. */
  readonly shown: string
  /** Everything as it came, with control codes. */
  readonly raw: string
  /** The same with its lines. A line that was drawn several times is there as often. */
  readonly lines: readonly string[]
  /** Waits for a match in what is shown after the last match; rejects when the program ends without. */
  shows(pattern: RegExp): Promise<RegExpMatchArray>
  type(text: string): void
  /** Waits for the match, then types. */
  answer(pattern: RegExp, text: string): Promise<void>
  readonly ended: Promise<{ readonly code: number | null; readonly shown: string }>
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control codes are what is looked for
const MOVES = /\x1b\[(?:\d*[GDAJK]|\d+;\d+H)/g
/** The time after which a program is killed and its test fails: shorter than that of a whole test. */
const PATIENCE_MS = 150_000

/** Keys of a terminal. */
export const KEYS = { enter: '\r', ctrlC: '\x03', down: '\x1b[B', clear: '\x15' } as const

/** Starts a program at a pseudo-terminal of 80 columns, or another number. It is killed when the test ends. */
export function openTerminal(
  t: TestContext,
  command: readonly string[],
  options: { readonly columns?: number; readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Terminal {
  const child = spawn('python3', [HELPER, String(options.columns ?? 80), ...command], {
    cwd: options.cwd,
    env: { TERM: 'xterm-256color', ...options.env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => void child.kill('SIGKILL'))
  child.stdin.on('error', () => undefined)
  let raw = ''
  let read = 0
  let isOver = false
  let look: () => void = () => undefined
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    raw += piece
    look()
  })
  const impatience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  const shown = (): string => stripVTControlCharacters(raw).replaceAll(/\s+/g, ' ')
  const ended = new Promise<{ code: number | null; shown: string }>((resolve) => {
    child.once('close', (code) => {
      clearTimeout(impatience)
      isOver = true
      look()
      resolve({ code, shown: shown() })
    })
  })
  const shows: Terminal['shows'] = async (pattern) => {
    const found = Promise.withResolvers<RegExpMatchArray>()
    look = () => {
      const match = shown().slice(read).match(pattern)
      if (match?.index !== undefined) {
        read += match.index + match[0].length
        // The rest is for the next pattern, even if it would match this one again.
        look = () => undefined
        found.resolve(match)
      } else if (isOver)
        found.reject(new Error(`ended and did not show ${pattern} after:\n${shown().slice(0, read)}\n---\n${shown().slice(read)}`))
    }
    look()
    return await found.promise
  }
  const type = (text: string): void => void child.stdin.write(text)
  return {
    get shown() {
      return shown()
    },
    get raw() {
      return raw
    },
    get lines() {
      return stripVTControlCharacters(raw.replaceAll(MOVES, '\n')).split(/[\r\n]+/)
    },
    shows,
    type,
    answer: async (pattern, text) => {
      await shows(pattern)
      type(text)
    },
    ended,
  }
}
