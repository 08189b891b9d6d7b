import { nextStep } from '../../service/fleet/next-step.ts'
import { type FleetStanding, isWell, STANDINGS, standingOf } from '../../service/fleet/standing.ts'
import type { CommandContext, CommandResult } from '../command.ts'
import { columnsOf } from '../fitted.ts'
import { fleetText } from '../reporters/fleet.ts'
import { withDatabase } from './database.ts'

/** Shows how the accounts of a fleet stand: as a table, and for scripts an event for each. */
export async function fleetStatus(context: CommandContext): Promise<CommandResult> {
  const { io, options, stage } = context
  return await withDatabase(context, 'ask', async (database) => {
    const [accounts, workers, census] = await Promise.all([database.accounts(), database.workers(), database.census()])
    for (const account of accounts) {
      const standing = standingOf(account)
      const hint = standing === 'waiting' ? { hint: nextStep(account) } : {}
      stage.line({ event: 'fleet.account', ...momentsOf({ ...account, standing, ...hint }) })
    }
    stage.line({ event: 'fleet', ...{ accounts: accounts.length, workers: workers.length, ...census.counts, dueForMs: census.dueForMs } })
    const message = sentenceOf(census.counts, accounts.length)
    const text = fleetText({ accounts, workers, census, message, now: io.now(), columns: columnsOf(io.stdout), all: options.all === true })
    if (!options.json && !(options.quiet && isWell(census))) await stage.answer(text)
    return { exitCode: isWell(census) ? 0 : 3, message, silent: true }
  })
}

/** Returns an account with its moments as text. */
const momentsOf = (account: object): object =>
  Object.fromEntries(
    Object.entries(account).map(([key, value]) => [
      key,
      key.endsWith('At') && typeof value === 'number' ? new Date(value).toISOString() : value,
    ]),
  )

const WORDS: Readonly<Record<FleetStanding, string>> = {
  waiting: 'waiting for a person',
  failing: 'failing',
  again: 'to be tried again',
  new: 'new',
  running: 'running',
  paused: 'paused',
  well: 'well',
}

const sentenceOf = (counts: Readonly<Record<FleetStanding, number>>, all: number): string => {
  const parts = STANDINGS.toReversed().flatMap((standing) => (counts[standing] === 0 ? [] : [`${counts[standing]} ${WORDS[standing]}`]))
  return all === 0
    ? 'The fleet has no accounts yet: smugmug-backup fleet import accounts.csv'
    : `${all === 1 ? '1 account' : `${all} accounts`}: ${parts.join(', ')}.`
}
