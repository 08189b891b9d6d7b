import { decodeText } from '../../config/document.ts'
import { readSmallFile, UnfitFile } from '../../config/small-file.ts'
import { absolutePath } from '../../config/surroundings.ts'
import { ConfigurationError } from '../../errors.ts'
import { formatCount } from '../../events.ts'
import type { FleetEntry } from '../../service/fleet/account.ts'
import { COLUMNS, nested, readAccountsFile } from '../../service/fleet/accounts-file.ts'
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
    const known = new Map((await database.accounts()).map((account) => [account.name, account]))
    const all = new Map<string, Pick<FleetEntry, 'name' | 'destination'>>([
      ...known,
      ...entries.map((entry) => [entry.name, entry] as const),
    ])
    const inside = nested([...all.values()])
    if (inside.length > 0) throw refused(file, inside)
    const { added, changed } = options.dryRun === true ? foreseen(entries, known) : await database.take(entries)
    const lacking = new Set(entries.map(({ secret }) => secret).filter((name) => !secrets.has(name)))
    if (secrets.size > 0 && lacking.size > 0) {
      const message = `${formatCount(lacking.size, 'secret')} of the file ${lacking.size === 1 ? 'is' : 'are'} not in this configuration, such as "${[...lacking][0]}". Each worker needs them.`
      stage.emit({ event: 'warning', message })
    }
    stage.line({ event: 'fleet.import', ...{ added, changed, unchanged: entries.length - added.length - changed.length } })
    return { exitCode: 0, message: wordsOf({ added, changed, entries, known: known.size, isDry: options.dryRun === true }) }
  })
}

const refused = (file: string, troubles: readonly string[]): ConfigurationError =>
  new ConfigurationError(`${file} was not imported, because ${troubles[0]}.`, {
    hint: 'Give each account a folder of its own; nothing was changed.',
  })

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
  return `${formatCount(added.length, 'account')} ${did}added, ${changed.length} ${did}changed, ${unchanged} as before.${others}`
}
