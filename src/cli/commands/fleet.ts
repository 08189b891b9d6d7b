import { ConfigurationError } from '../../errors.ts'
import { shellWord } from '../../progress/shell-word.ts'
import type { CommandContext, CommandFunction, CommandResult } from '../command.ts'
import { nameOfAccount, withDatabase } from '../fleet/database.ts'
import { FLEET_ACTIONS } from '../operands.ts'

type Action = (typeof FLEET_ACTIONS)[number]

/** Many accounts on many machines: what is to be done with them is the first word after the command. */
export const fleet: CommandFunction = async (context) => {
  const [, word = '', rest = ''] = /^(\S+) ?([\s\S]*)$/.exec(context.operand) ?? []
  const action = FLEET_ACTIONS.find((each) => each === word)
  if (action === undefined) throw usage(`fleet does not know "${word}".`)
  checkWords(action, rest, context)
  // Names are kept in one form of Unicode; the path of a file is taken as it is.
  return await run(action, action === 'import' ? rest : rest.normalize(), context)
}

/** The word that follows each action. */
const FOLLOWED_BY: { readonly [Name in Action]?: string } = {
  import: 'accounts.csv',
  login: 'NAME',
  run: 'NAME',
  pause: 'NAME',
  resume: 'NAME',
  remove: 'NAME',
}

const usage = (message: string): ConfigurationError => new ConfigurationError(message, { hint: 'See: smugmug-backup fleet --help' })

function checkWords(action: Action, rest: string, { options }: CommandContext): void {
  const follows = FOLLOWED_BY[action]
  if (follows === undefined && rest !== '') throw usage(`fleet ${action} takes nothing after its name, but was given "${rest}".`)
  if (follows !== undefined && rest.trim() === '')
    throw usage(`fleet ${action} needs one more word: smugmug-backup fleet ${action} ${follows}`)
  if (options.dryRun === true && action !== 'import') throw usage(`fleet ${action} does not take --dry-run; it belongs to fleet import.`)
  if (options.acceptChanges === true && action !== 'run')
    throw usage(`fleet ${action} does not take --accept-changes; it belongs to fleet run.`)
  if (options.all === true && action !== 'status') throw usage(`fleet ${action} does not take --all; it belongs to fleet status.`)
}

async function run(action: Action, word: string, context: CommandContext): Promise<CommandResult> {
  switch (action) {
    case 'init':
      return await withDatabase(context, 'init', async () => ({
        exitCode: 0,
        message: 'The database is ready for a fleet. Next: smugmug-backup fleet import accounts.csv',
      }))
    case 'import':
      return await (await import('../fleet/import.ts')).importAccounts(context, word)
    case 'login':
      return await (await import('../fleet/login.ts')).loginAccount(context, word)
    case 'worker':
      return await (await import('../fleet/worker.ts')).work(context)
    case 'status':
      return await (await import('../fleet/status.ts')).fleetStatus(context)
    case 'run':
      return await withDatabase(context, 'ask', async (database) => {
        const { state, startedAt } = await nameOfAccount(database, word)
        if (state === 'paused')
          throw new ConfigurationError(`${word} is paused.`, { hint: `First: smugmug-backup fleet resume ${shellWord(word)}` })
        await database.wake(word, context.options.acceptChanges === true)
        const message =
          startedAt === undefined
            ? `${word} is due now: the next free worker backs it up.`
            : `${word} is being backed up. It is due again when that has ended.`
        return { exitCode: 0, message }
      })
    case 'pause':
      return await withDatabase(context, 'ask', async (database) => {
        const { startedAt } = await nameOfAccount(database, word)
        await database.pause(word)
        const end = startedAt === undefined ? '' : ' The backup that runs now goes on to its end.'
        return { exitCode: 0, message: `${word} is paused: no further backup of it begins.${end}` }
      })
    case 'resume':
      return await withDatabase(context, 'ask', async (database) => {
        const { state } = await nameOfAccount(database, word)
        if (state === 'active') return { exitCode: 0, message: `${word} goes on already.` }
        await database.wake(word, false)
        return { exitCode: 0, message: `${word} goes on: the next free worker backs it up.` }
      })
    case 'remove':
      return await withDatabase(context, 'ask', async (database) => {
        const { destination } = await nameOfAccount(database, word)
        await database.remove(word)
        return { exitCode: 0, message: `${word} belongs to the fleet no more. Its vault stays as it is: ${destination}` }
      })
    default:
      return action satisfies never
  }
}
