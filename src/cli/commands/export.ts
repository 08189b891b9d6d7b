import { writeOutput } from '../../app/output-file.ts'
import { absolutePath } from '../../config/surroundings.ts'
import { isStandardOutput, type WriteText } from '../../config/whole-file.ts'
import { printableJson } from '../../progress/printable.ts'
import { jsonNeedsFile } from '../arguments.ts'
import { type CommandContext, type CommandFunction, pick } from '../command.ts'

/** Returns the path of the file to write; undefined for standard output. Throws `ConfigurationError` if `--json` uses that for events. */
const outputFile = async ({ io, options }: CommandContext): Promise<string | undefined> => {
  if (options.output === undefined || options.output === '-') return undefined
  const path = absolutePath(io.cwd, options.output)
  if (!(await isStandardOutput(path))) return path
  if (options.json) throw jsonNeedsFile()
  return undefined
}

/** Writes the metadata of every held item, to a file or to standard output. */
export const exportMetadata: CommandFunction = async (context) => {
  const { io, options, signal, stage } = context
  const app = await context.app()
  const { settings } = await context.load()
  const path = await outputFile(context)
  const exported = (write: WriteText) =>
    app.runExport({
      ...context.request(settings),
      format: options.format ?? 'csv',
      ...pick(options, 'vanished'),
      ...(path !== undefined && { output: path }),
      write: (text) => {
        signal.throwIfAborted()
        return write(text)
      },
    })
  if (path !== undefined) return await writeOutput(path, exported)
  const isShown = io.stdout.isTTY === true
  // The data on a terminal, and a display that is drawn again and again, would write into each other.
  if (isShown) stage.close()
  const result = await exported((text) =>
    stage.answer(isShown && options.format === 'jsonl' ? text.split('\n').map(printableJson).join('\n') : text),
  )
  return { ...result, silent: result.exitCode === 0 }
}
