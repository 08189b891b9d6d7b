import { resolve } from 'node:path'
import type { CommandFunction } from '../command.ts'

/** Writes the metadata of what is held, to a file or to standard output. */
export const exportMetadata: CommandFunction = async (context) => {
  const { io, options, stage } = context
  const app = await context.app()
  const { settings } = await context.load()
  const result = await app.runExport({
    ...context.work(settings),
    format: options.format ?? 'csv',
    write: stage.answer,
    ...(options.output === undefined ? {} : { output: resolve(io.cwd, options.output) }),
  })
  return { ...result, silent: options.output === undefined && result.exitCode === 0 }
}
