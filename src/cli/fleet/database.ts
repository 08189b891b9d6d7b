/** The database of a fleet, for one command. */
import type { Settings } from '../../config/settings.ts'
import { ConfigurationError } from '../../errors.ts'
import { didYouMean } from '../../flow/nearest.ts'
import type { FleetAccount } from '../../service/fleet/account.ts'
import { type FleetDatabase, openFleetDatabase, type Purpose } from '../../service/fleet/database.ts'
import type { CommandContext, CommandResult, Loaded } from '../command.ts'

/** Opens the database of the settings, hands it to `use`, and closes it when that has ended. */
export async function withDatabase(
  context: CommandContext,
  purpose: Purpose,
  use: (database: FleetDatabase, loaded: Loaded) => Promise<CommandResult>,
): Promise<CommandResult> {
  const loaded = await context.load()
  const database = await openFleetDatabase({
    address: addressOf(loaded.settings),
    purpose,
    // Each question meets the same trouble, and says so.
    troubled: (message) => context.stage.emit({ event: 'debug', message: `The database: ${message}` }),
  })
  try {
    return await use(database, loaded)
  } finally {
    await database.close()
  }
}

function addressOf({ fleetDatabase }: Settings): string {
  if (fleetDatabase !== undefined) return fleetDatabase
  throw new ConfigurationError('There is no database for a fleet.', {
    hint: 'Set database = "postgresql://user:password@host/name" under [fleet], or SMGMG_BK_FLEET_DATABASE.',
  })
}

/** Returns the account of a name. Throws `ConfigurationError` with the nearest name if there is none. */
export async function nameOfAccount(database: FleetDatabase, name: string): Promise<FleetAccount> {
  const account = await database.account(name)
  if (account !== undefined) return account
  const names = (await database.accounts()).map((each) => each.name)
  throw new ConfigurationError(`The fleet has no account "${name}".${didYouMean(name, names)}`, {
    hint: 'smugmug-backup fleet status --all lists them.',
  })
}
