import { styleText } from 'node:util'
import type { DestinationError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { printableLines } from '../progress/printable.ts'
import { createRunView, type RunView } from '../progress/run-view.ts'
import type { Io, Output } from './io.ts'
import type { CommandName, Options } from './options.ts'
import { type Outlet, openOutlet } from './outlet.ts'
import { createJsonLines, jsonLine } from './reporters/jsonl.ts'
import { type Display, openDisplay } from './reporters/progress.ts'
import type { SummaryLine } from './reporters/summary.ts'
import { createTextLines, type Detail } from './reporters/text.ts'

/** Where one invocation speaks: to people, to scripts, or to both. */
export interface Stage {
  readonly emit: Emit
  readonly view: RunView
  /** A line for people; appears above a display. */
  tell(text: string): void
  /** The beginning of a line that the answer is typed into. */
  prompt(text: string): void
  /** What was asked for, on standard output. */
  answer(text: string): Promise<void>
  /** A JSON line of its own, where JSON was asked for. */
  line(fields: { readonly event: string }): void
  /** Ends the display. */
  close(): void
  /** The end; of an error, on standard error. */
  summary(lines: readonly SummaryLine[], isError: boolean): void
  /** Standard output's reader is gone: say nothing more. */
  readonly abandoned: boolean
  /** Why standard output could not be written although somebody wanted it: a full disk behind `> file`. */
  failure(): DestinationError | undefined
}

/** The commands whose answer is what standard output is for; what they tell besides goes to standard error. */
const ANSWERS: ReadonlySet<CommandName> = new Set(['list', 'status', 'export'])

/** The commands that ask or show something, and so draw nothing. */
const STILL: ReadonlySet<CommandName> = new Set(['login', 'status', 'demo'])

/** Whether the stream leads to a terminal that obeys control codes. */
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

/** Sets the scene for one command; `onBroken` is told when nobody reads standard output any more. */
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
  const print = (line: string): void => {
    if (display === undefined) people.write(`${line}\n`)
    else display.print(line)
  }
  const close = (): void => display?.close()
  const forget = io.onExit(close)
  return {
    view,
    emit: (event) => {
      // The summary is the face's own, and last.
      if (event.event === 'summary') return
      view.apply(event)
      json?.(event)
      for (const line of lines(event)) print(line)
    },
    tell: (text) => print(printableLines(text)),
    prompt: (text) => people.write(stream.isTTY ? `${text} ` : `${text}\n`),
    answer: stdout.writeAll,
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
