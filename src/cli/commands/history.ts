import type { PastRun } from '../../operations/outcome.ts'
import { eachAccount } from '../accounts.ts'
import { type CommandFunction, pick } from '../command.ts'
import { columnsOf } from '../fitted.ts'
import { fullRunText, itemText } from '../reporters/history.ts'
import { runLines } from '../reporters/runs.ts'

/** Returns a run as an event; its time is the one at which the run began. */
const runEvent = ({ startedAt, finishedAt, ...run }: PastRun) => ({
  event: 'run',
  at: new Date(startedAt).toISOString(),
  ...(finishedAt !== undefined && { finishedAt: new Date(finishedAt).toISOString() }),
  ...run,
})

/** Shows the runs of the vault, one of them in full, or the life of an item. */
export const history: CommandFunction = async (context) => {
  const { io, options, operand, stage } = context
  const app = await context.app()
  const columns = columnsOf(io.stdout)
  return await eachAccount(context, async ({ settings }) => {
    const result = await app.runHistory({
      ...context.request(settings),
      ...pick(options, 'limit', 'item'),
      ...(options.all === true && { limit: Number.MAX_SAFE_INTEGER }),
      ...(operand !== '' && { run: operand }),
    })
    const { runs, full, items, problems, exitCode, message, totals } = result
    for (const run of runs) stage.line({ ...runEvent(run), ...(full !== undefined && pick(full, 'totals', 'changes', 'reportState')) })
    for (const problem of problems) stage.line({ event: 'problem', ...{ problem } })
    for (const item of items ?? []) stage.line({ event: 'life', ...item })
    if (!options.json) {
      const text =
        items !== undefined
          ? items.map((item) => itemText(item, columns)).join('\n')
          : full !== undefined
            ? fullRunText(full, { problems, columns })
            : `${[...(runs.length === 0 ? [] : runLines(runs, columns)), '', listNote(result)].join('\n').trimStart()}\n`
      await stage.answer(text)
    }
    return { exitCode, message, totals, problems: [], silent: !options.json }
  })
}

const listNote = ({
  message,
  runs,
  runsInAll,
}: {
  readonly message: string
  readonly runs: readonly PastRun[]
  readonly runsInAll: number
}) => (runs.length < runsInAll ? `${message} --all lists them all.` : message)
