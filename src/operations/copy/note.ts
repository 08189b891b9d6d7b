/** The note of a copy in its own catalogue, and in its state for `rebuild`: which vault it is a copy of, and as of which run. */
import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { ConfigurationError } from '../../errors.ts'
import type { Catalogue } from '../../vault/catalogue/catalogue.ts'
import { OURS } from '../../vault/layout.ts'
import { isOfTheSystem } from '../../vault/litter.ts'
import { COUNT, parseJson, RecordError, TIME } from '../../vault/record/read-json.ts'
import type { Storage } from '../../vault/storage/storage.ts'
import type { Vault } from '../../vault/vault.ts'
import { hasRecords } from '../record-folders.ts'

const NOTE = 'copy'

const COPY_NOTE = v.object({
  source: v.pipe(v.string(), v.nonEmpty()),
  run: v.exactOptional(v.object({ id: COUNT, startedAt: TIME })),
})

/** The vault that this one is a copy of. */
export interface CopyNote {
  /** The identity of the first vault. */
  readonly source: string
  /** The last run of the account that the copy has seen; absent before the first copying has ended. */
  readonly run?: { readonly id: number; readonly startedAt: number }
}

/** Returns the note; undefined for a vault that is no copy. */
export function copyNote(catalogue: Catalogue): CopyNote | undefined {
  const text = catalogue.meta(NOTE)
  try {
    return text === undefined ? undefined : (parseJson(text, COPY_NOTE) as CopyNote)
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return undefined
  }
}

export const noteCopy = (catalogue: Catalogue, note: CopyNote): void => catalogue.setMeta(NOTE, JSON.stringify(note))

/** Makes a copy a vault of its own: a backup writes into it, so it follows no other vault any more. */
export const endCopy = (catalogue: Catalogue): void => {
  if (catalogue.meta(NOTE) !== undefined) catalogue.setMeta(NOTE, undefined)
}

/**
 * Makes sure that this place may become, or is, a copy of the first vault, and notes it. Throws `ConfigurationError` for a vault of its own, the copy of
 * another one, a folder with other things in it; a person may accept the first and the last.
 */
export async function claimCopy({
  from,
  to,
  acceptChanges,
  name,
}: {
  readonly from: Vault
  readonly to: Vault
  readonly acceptChanges: boolean
  readonly name: string
}): Promise<{ readonly note: CopyNote; readonly to: Vault }> {
  const note = copyNote(to.catalogue)
  if (note?.source === from.id) return { note, to }
  const [account, other] = [from.catalogue.meta('account'), to.catalogue.meta('account')]
  if (other !== undefined && account !== other) {
    throw new ConfigurationError(`In ${to.location} lies a vault of the account ${other}; this one is of ${account ?? 'no account yet'}.`, {
      hint: 'Name another place for the copy. Nothing was changed.',
    })
  }
  const isNew = to.isNew || isBlank(to.catalogue)
  const isEmpty = isNew && note === undefined && (await namesIn(to.storage)).every(isOurs)
  if (!isEmpty && !acceptChanges) {
    const what = isNew ? NOT_EMPTY : note === undefined ? 'holds a vault of its own' : 'holds the copy of another vault'
    throw refusal({ location: to.location, name }, what)
  }
  // Nothing that another program or another vault left there is believed by its size.
  if (!isNew) to.catalogue.doubtFiles()
  const fresh = { source: from.id }
  noteCopy(to.catalogue, fresh)
  // A folder that was copied by hand has the identity of the first vault.
  const id = to.id === from.id ? randomUUID() : to.id
  to.catalogue.setMeta('vault.id', id)
  to.catalogue.flush()
  return { note: fresh, to: { ...to, id, isNew } }
}

const NOT_EMPTY = 'is not empty, and holds no copy'

const refusal = ({ location, name }: { readonly location: string; readonly name: string }, what: string): ConfigurationError =>
  new ConfigurationError(`The place of the copy, ${location}, ${what}.`, {
    hint: `Name an empty one. To make a copy of what lies there, run \`smugmug-backup copy ${name} --accept-changes\` once: every file there is read, what is right is taken, and what is not goes to its history. Nothing was changed.`,
  })

/** Throws `ConfigurationError` for a place that holds other things and no vault. Call it before anything is made there; `claimCopy` judges the rest. */
export async function refuseOtherThings(storage: Storage, name: string): Promise<void> {
  const names = await namesIn(storage)
  if (names.every(isOurs) || (names.some(isOurs) && (await hasRecords(storage)))) return
  throw refusal({ location: storage.location, name }, NOT_EMPTY)
}

/** Returns the names of all that lies at the top, also of files that are not sealed in a sealed vault. Leaves out those that systems make. */
async function namesIn(storage: Storage): Promise<readonly string[]> {
  const names = (await storage.list('')).map(({ name }) => name)
  return [...names, ...(storage.seal?.unsealed('') ?? [])].filter((name) => !isOfTheSystem(name))
}

/** Has a catalogue never known anything? A copying that ended before it had claimed its place leaves such a one. */
const isBlank = (catalogue: Catalogue): boolean =>
  catalogue.meta('account') === undefined && catalogue.runs.last() === undefined && catalogue.albums().length === 0

const isOurs = (name: string): boolean => name === OURS

/** Has the first vault gone back to an older state since the copy was last brought up to date? */
export function isOlder(first: Catalogue, { run }: CopyNote): boolean {
  return run !== undefined && first.runs.get(run.id)?.startedAt !== run.startedAt
}
