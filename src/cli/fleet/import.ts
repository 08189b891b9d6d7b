import { decodeText } from '../../config/document.ts'
import { readSmallFile, UnfitFile } from '../../config/small-file.ts'
import { absolutePath } from '../../config/surroundings.ts'
import { ConfigurationError } from '../../errors.ts'
import { formatCount, formatNumber } from '../../events.ts'
import { didYouMean } from '../../flow/nearest.ts'
import type { FleetEntry, Taken } from '../../service/fleet/account.ts'
import { COLUMNS, type ListedEntry, notTaken, readAccountsFile } from '../../service/fleet/accounts-file.ts'
import type { FleetDatabase } from '../../service/fleet/database.ts'
import { sharedPlaces } from '../../service/fleet/places.ts'
import type { CommandContext, CommandResult } from '../command.ts'
import { withDatabase } from './database.ts'

/** The largest file of accounts: a hundred thousand of them. */
const MOST_BYTES = 50_000_000

/** Takes the accounts of a file into the fleet: new ones, and new facts about known ones. */
export async function importAccounts(context: CommandContext, file: string): Promise<CommandResult> {
  const { io, options, stage } = context
  const path = absolutePath(io.cwd, file)
  const entries = readAccountsFile(await textOf(path), file)
  return await withDatabase(context, 'ask', async (database, { secrets }) => {
    const { added, changed, known } = await takeAll(database, { entries, file, isDry: options.dryRun === true })
    const lacking = secrets.size === 0 ? [] : entries.filter(({ secret }) => !secrets.has(secret))
    const [first] = lacking
    if (first !== undefined) {
      const count = new Set(lacking.map(({ secret }) => secret)).size
      const message = `${formatCount(count, 'secret')} of the file ${count === 1 ? 'is' : 'are'} not in this configuration, such as "${first.secret}" of line ${first.line}. Each worker needs them.${didYouMean(first.secret, secrets.keys())}`
      stage.emit({ event: 'warning', message })
    }
    stage.line({ event: 'fleet.import', ...{ added, changed, unchanged: entries.length - added.length - changed.length } })
    return { exitCode: 0, message: wordsOf({ added, changed, entries, known, isDry: options.dryRun === true }) }
  })
}

/** Takes the accounts, unless they do not go together with those that the fleet has. Counts these, too. */
async function takeAll(
  database: FleetDatabase,
  { entries, file, isDry }: { readonly entries: readonly ListedEntry[]; readonly file: string; readonly isDry: boolean },
): Promise<Taken & { readonly known: number }> {
  for (;;) {
    const imports = await database.imports()
    const known = new Map((await database.accounts()).map((account) => [account.name, account]))
    const troubles = againstKnown(entries, [...known.values()])
    if (troubles.length > 0) throw notTaken(file, troubles)
    const taken = isDry ? foreseen(entries, known) : await database.take(entries, imports)
    // Another import came between: its accounts are to be compared, too.
    if (taken !== undefined) return { ...taken, known: known.size }
  }
}

/** Names the lines that do not go together with accounts that the fleet has already. */
function againstKnown(entries: readonly ListedEntry[], known: readonly FleetEntry[]): readonly string[] {
  const names = new Set(entries.map(({ name }) => name))
  const others = known.filter(({ name }) => !names.has(name))
  const folded = new Map(others.map(({ name }) => [name.toLowerCase(), name]))
  const alike = entries.flatMap(({ name, line }) => {
    const other = folded.get(name.toLowerCase())
    return other === undefined ? [] : [`line ${line}: name is that of the account ${other} in other capitals`]
  })
  return [...alike, ...sharedPlaces([...others, ...entries])]
}

async function textOf(path: string): Promise<string> {
  const bytes = await readSmallFile(path, { most: MOST_BYTES }).catch((cause: unknown) => {
    if (cause instanceof UnfitFile)
      throw new ConfigurationError(`The file ${path} ${cause.message}.`, { hint: 'Name a table with commas.' })
    if (!(cause instanceof Error && 'code' in cause)) throw cause
    throw new ConfigurationError(`The file ${path} cannot be read (${String(cause.code)}).`, {
      cause,
      hint: 'Check that it exists and that this user may read it.',
    })
  })
  return decodeText(bytes, path)
}

/** Returns the names of those that an import would add or change. */
function foreseen(entries: readonly FleetEntry[], known: ReadonlyMap<string, FleetEntry>) {
  const isChanged = (entry: FleetEntry): boolean => COLUMNS.some((column) => known.get(entry.name)?.[column] !== entry[column])
  const namesOf = (isNew: boolean): readonly string[] =>
    entries.filter((entry) => known.has(entry.name) !== isNew && isChanged(entry)).map(({ name }) => name)
  return { added: namesOf(true), changed: namesOf(false) }
}

interface Imported {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly entries: readonly FleetEntry[]
  readonly known: number
  readonly isDry: boolean
}

function wordsOf({ added, changed, entries, known, isDry }: Imported): string {
  const unchanged = entries.length - added.length - changed.length
  const rest = known + added.length - entries.length
  const did = isDry ? 'would be ' : ''
  const others =
    rest > 0 ? ` ${formatCount(rest, 'other')} ${rest === 1 ? 'is' : 'are'} not in the file, and ${rest === 1 ? 'stays' : 'stay'}.` : ''
  return `${formatCount(added.length, 'account')} ${did}added, ${formatNumber(changed.length)} ${did}changed, ${formatNumber(unchanged)} as before.${others}`
}
