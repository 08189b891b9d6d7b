import { ConfigurationError } from '../../errors.ts'
import type { RunRow } from '../../vault/catalogue/rows.ts'
import type { Vault } from '../../vault/vault.ts'
import { Past } from '../../vault/versions/past.ts'
import { listVersions } from '../../vault/versions/version-file.ts'
import { formatDay } from './words.ts'

/** A moment, as `readWhen` reads it: a run, or the end of a day. */
export type Moment = { readonly run: number } | { readonly before: number; readonly day: string }

/** A moment of a vault whose state is known. */
export interface KnownMoment {
  readonly run: number
  /** The time at which that run began, in milliseconds since 1970; absent if it is not known. */
  readonly at?: number
  /** The changes of all runs after it; if there is an earlier moment to compare with, back to that one. */
  readonly past: Past
}

const HINT = 'Run `smugmug-backup history --all`: it lists every run with its number.'

/** Finds the run itself, or the last one that began before the end of the day. Throws `ConfigurationError` if there is none. */
export function runOf({ catalogue: { runs } }: Pick<Vault, 'catalogue'>, moment: Moment): RunRow {
  const row = 'run' in moment ? runs.get(moment.run) : runs.before(moment.before)
  if (row !== undefined) return row
  const last = runs.last()
  if (last === undefined)
    throw new ConfigurationError('No run has been noted here yet.', { hint: 'Run `smugmug-backup` to make a backup.' })
  if ('day' in moment) throw new ConfigurationError(`There was no run up to ${moment.day}.`, { hint: HINT })
  throw new ConfigurationError(`There is no run ${moment.run}; the last one is ${last.id}.`, { hint: HINT })
}

/**
 * Finds the run that a moment means, as `runOf` does, and reads the past back to it. Throws `ConfigurationError` for a moment
 * of which the vault knows nothing, or that was forgotten. `read` is the past back to this moment or an earlier one, if it was read before.
 */
export async function knownMoment(vault: Vault, moment: Moment, read?: Past): Promise<KnownMoment> {
  const { runs } = vault.catalogue
  const row = runOf(vault, moment)
  const versions = await listVersions(vault.storage)
  const first = versions.at(-1)?.run
  // A vault of an earlier version of the program has a present, and no past before its first file of changes.
  const before = first === undefined ? undefined : runs.before(runs.get(first)?.startedAt ?? 0)?.id
  const past = read ?? (await Past.open(vault, row.id))
  // Without any file, the state after the last run is known, and no other.
  const known = first ?? runs.lastOfAccount()?.id ?? 0
  if (row.id < known && row.id !== before) {
    throw new ConfigurationError(`Of the time before run ${known} only the reports are kept.`, { hint: HINT })
  }
  const gap = past.gapAt(row.id)
  if (gap !== undefined) {
    const nearest = versions
      .filter((version) => version.run < gap.from)
      .slice(0, 1)
      .map((version) => version.run)
    throw new ConfigurationError(`The state after run ${row.id} (${formatDay(row.startedAt)}) was forgotten, as keep_versions says.`, {
      hint: `The nearest that are kept: ${[...nearest, gap.after].map((each) => `run ${each}`).join(' and ')}.`,
    })
  }
  return { run: row.id, at: row.startedAt, past }
}
