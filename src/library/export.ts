import { runExport } from '../app/app.ts'
import { writeOutput } from '../app/output-file.ts'
import { choice, yesNo } from '../config/kinds.ts'
import { Channel } from '../flow/channel.ts'
import type { Outcome } from '../operations/outcome.ts'
import type { OperationOptions } from './common.ts'
import { outputKind } from './kinds.ts'
import { type GivenOptions, optionsOf, readOptions } from './options.ts'
import { COMMON, interrupted, running, settingsIn } from './running.ts'

/** Options of an export as text. */
export interface ExportTextOptions extends OperationOptions {
  /** Default: `csv`. */
  readonly format?: 'csv' | 'jsonl' | 'xmp' | undefined
  /** True: only the items that are gone from SmugMug and kept in the vault. */
  readonly vanished?: boolean | undefined
}

/** Takes text, piece by piece. The next piece waits until it has resolved. */
export type TextSink = (text: string) => unknown

/** Options of an export. */
export interface ExportOptions extends ExportTextOptions {
  /** The path of a file, which appears only once it is whole, or a function. */
  readonly output: string | TextSink
}

const FORMAT = { format: choice('csv', 'jsonl', 'xmp'), vanished: yesNo } as const

/** Writes the metadata of every held item to a file, or hands it to a function. */
export async function exportMetadata(options: ExportOptions): Promise<Outcome> {
  const given = optionsOf(options, 'exportMetadata', [...COMMON, 'format', 'vanished', 'output'])
  const { output } = readOptions({ ...given, output: given.output ?? null }, { output: outputKind })
  if (typeof output === 'function') return await exporting(given, output)
  return await writeOutput(output ?? '', (write) => exporting(given, write, output ?? ''))
}

/**
 * Returns the metadata of every held item, piece by piece: `for await (const text of exportText({ settings }))`, or `Readable.from(…)`.
 * Its return value is the outcome. Leaving the loop stops the export.
 */
export async function* exportText(options: ExportTextOptions): AsyncGenerator<string, Outcome, undefined> {
  const given = optionsOf(options, 'exportText', [...COMMON, 'format', 'vanished'])
  const pieces = new Channel<string>(1)
  const left = new Error('The loop was left.')
  const exported = exporting(given, async (text) => {
    if (!(await pieces.push(text))) throw left
  }).finally(() => pieces.close())
  // It is awaited below; until then a failure must not count as unhandled.
  exported.catch(() => undefined)
  try {
    yield* pieces
  } finally {
    pieces.close({ drop: true })
    await exported.catch((error: unknown) => {
      if (error !== left) throw error
    })
  }
  return await exported
}

/** Runs an export, into the file `output` if that is named. The signal ends it also while the sink takes a piece. */
async function exporting(given: GivenOptions, sink: TextSink, output?: string): Promise<Outcome> {
  const { format = 'csv', vanished = false } = readOptions(given, FORMAT)
  return await running(
    { settings: settingsIn(given), given },
    (request) => {
      const stopped = Promise.withResolvers<never>()
      stopped.promise.catch(() => undefined)
      request.signal.addEventListener('abort', () => stopped.reject(request.signal.reason))
      const write = async (text: string): Promise<void> => {
        request.signal.throwIfAborted()
        await Promise.race([sink(text), stopped.promise])
      }
      return runExport({ ...request, format, vanished, write, ...(output !== undefined && { output }) })
    },
    interrupted,
  )
}
