import { resolve } from 'node:path'
import type { CommandFunction } from '../command.ts'
import { writeWhole } from '../output-file.ts'

/** Writes the metadata of what is held, to a file or to standard output. */
export const exportMetadata: CommandFunction = async (context) => {
  const { io, options, signal, stage } = context
  const app = await context.app()
  const { settings } = await context.load()
  const exported = (write: (text: string) => Promise<void>) =>
    app.runExport({
      ...context.request(settings),
      format: options.format ?? 'csv',
      write: (text) => {
        signal.throwIfAborted()
        return write(text)
      },
    })
  if (options.output !== undefined && options.output !== '-') return await writeWhole(resolve(io.cwd, options.output), exported)
  const result = await exported(stage.answer)
  return { ...result, silent: result.exitCode === 0 }
}
