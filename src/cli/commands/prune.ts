import { formatCount } from '../../events.ts'
import { eachAccount } from '../accounts.ts'
import type { CommandFunction } from '../command.ts'
import { columnsOf } from '../fitted.ts'
import { prunedText } from '../reporters/pruned.ts'

/** Forgets versions and removes old files of the trash and the history, or says which and why. */
export const prune: CommandFunction = async (context) => {
  const { io, options, stage } = context
  const app = await context.app()
  return await eachAccount(context, async ({ settings }) => {
    const outcome = await app.runPrune({ ...context.request(settings), dryRun: options.dryRun === true })
    const isForReal = !outcome.dryRun && outcome.refusal === undefined
    for (const { run, at, reasons } of outcome.versions) {
      const keep = reasons.length > 0 || (isForReal && !outcome.forgotten.includes(run))
      stage.line({ event: 'version', ...{ run, date: new Date(at).toISOString(), keep, reasons } })
    }
    for (const { place, days, due, removed } of outcome.places)
      for (const { path, size } of isForReal ? removed : due)
        stage.line({
          event: 'file',
          ...{ path, size, state: isForReal ? 'removed' : 'due', detail: `after ${formatCount(days, 'day')} in the ${place}` },
        })
    for (const problem of outcome.problems) stage.line({ event: 'problem', ...{ problem } })
    if (!options.json && !(options.quiet && outcome.exitCode === 0)) {
      const columns = columnsOf(io.stdout)
      await stage.answer(prunedText(outcome, { settings, columns }))
    }
    return { ...outcome, silent: !options.json }
  })
}
