import { styleText } from 'node:util'
import type { DestinationError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { printableLines } from '../progress/printable.ts'
import { createRunView, type RunView } from '../progress/run-view.ts'
import { columnsOf } from './fitted.ts'
import type { Io, Output } from './io.ts'
import type { CommandName, Options } from './options.ts'
import { type Outlet, openOutlet } from './outlet.ts'
import { createJsonLines, jsonLine } from './reporters/jsonl.ts'
import { type Display, openDisplay } from './reporters/progress.ts'
import type { SummaryLine } from './reporters/summary.ts'
import { createTextLines, type Detail } from './reporters/text.ts'
import { wrapped } from './reporters/width.ts'

/** The voice of one invocation: to people, to scripts, or to both. */
export interface Stage {
  readonly emit: Emit
  readonly view: RunView
  /** Prints a line for people, above a display. */
  say(text: string): void
  /** Says at once what the command begins with, where no display shows it and no quiet run was asked for. */
  announce(text: string): void
  /** Prints a question; the answer is typed on the same line. */
  prompt(text: string): void
  /** Writes whole lines of the command's answer to standard output; on a terminal, no character of it acts. */
  answer(text: string): Promise<void>
  /** Writes a JSON line, if `--json` was given. */
  line(fields: { readonly event: string }): void
  /** The width of the terminal that people read on; undefined where they read a file or a pipe. */
  readonly columns: number | undefined
  /** Ends the display. */
  close(): void
  /** Prints the end; that of an error goes to standard error. */
  summary(lines: readonly SummaryLine[], isError: boolean): void
  /** True once the reader of standard output is gone: print nothing more. */
  readonly abandoned: boolean
  /** Returns the reason for lost output that a reader wanted, such as a full disk behind `> file`. */
  failure(): DestinationError | undefined
}

/** The commands that answer on standard output; their other lines go to standard error. */
const ANSWERS: ReadonlySet<CommandName> = new Set(['list', 'status', 'history', 'export', 'prune', 'key', 'fleet', 'completion'])

/** The commands that ask or show something, and therefore draw no display. */
const STILL: ReadonlySet<CommandName> = new Set([
  'setup',
  'login',
  'status',
  'history',
  'web',
  'service',
  'key',
  'fleet',
  'demo',
  'completion',
])

/** Returns true if the stream leads to a terminal that obeys control codes. */
const isTerminal = (io: Io, stream: Output): boolean => stream.isTTY === true && io.env.TERM !== 'dumb'

const detailOf = ({ quiet, verbose }: Options, live: boolean): Detail => {
  if (quiet) return 'quiet'
  if (verbose) return 'verbose'
  return live ? 'brief' : 'normal'
}

const tinted = ({ tone, text }: SummaryLine): string => {
  if (tone === 'plain') return text
  const color = tone === 'good' ? 'green' : tone === 'warning' ? 'yellow' : 'red'
  return styleText(color, text, { validateStream: false })
}

/** Opens the outlets of one command; calls `onBroken` when nobody reads standard output any more. */
export const openStage = (io: Io, request: { readonly command: CommandName; readonly options: Options }, onBroken: () => void): Stage => {
  const { command, options } = request
  const stdout = openOutlet(io.stdout, 'Standard output', onBroken)
  const stderr = openOutlet(io.stderr, 'Standard error', () => {})
  const aside = options.json || options.quiet || ANSWERS.has(command) || options.print === true
  const [people, stream]: [Outlet, Output] = aside ? [stderr, io.stderr] : [stdout, io.stdout]
  const live = isTerminal(io, stream) && !options.quiet && !STILL.has(command)

  const view = createRunView(io.now, command)
  const lines = createTextLines({ detail: detailOf(options, live), view, now: io.now })
  const json = options.json ? createJsonLines({ write: stdout.write, now: io.now, verbose: options.verbose }) : undefined
  const display: Display | undefined = live
    ? openDisplay(view, { write: people.write, columns: () => stream.columns || 80, rows: () => stream.rows || 24, every: io.every })
    : undefined
  const print = (text: string): void => {
    for (const line of wrapped(text, columnsOf(stream))) {
      if (display === undefined) people.write(`${line}\n`)
      else display.print(line)
    }
  }
  const say = (text: string): void => {
    for (const line of printableLines(text).split('\n')) print(line)
  }
  const close = (): void => display?.close()
  const forget = io.onExit(close)
  return {
    view,
    emit: (event) => {
      // The command line writes its own summary, as the last line.
      if (event.event === 'summary') return
      view.apply(event)
      json?.(event)
      for (const line of lines(event)) print(line)
    },
    say,
    announce: (text) => {
      if (display === undefined && !options.quiet) say(text)
    },
    prompt: (text) => people.write(stream.isTTY ? `${text} ` : `${text}\n`),
    answer: (text) => stdout.writeAll(io.stdout.isTTY === true ? printableLines(text) : text),
    get columns() {
      return columnsOf(stream)
    },
    line: (fields) => {
      if (options.json) stdout.write(jsonLine(fields, io.now()))
    },
    close: () => {
      close()
      forget()
    },
    summary: (summary, isError) => {
      const [outlet, output] = isError ? [stderr, io.stderr] : [people, stream]
      const colored = isTerminal(io, output) && options.color
      outlet.write(summary.map((line) => `${colored ? tinted(line) : line.text}\n`).join(''))
    },
    get abandoned() {
      return stdout.closed
    },
    failure: stdout.failure,
  }
}
