import { readWhen } from '../config/when.ts'
import { ConfigurationError, DestinationError } from '../errors.ts'
import { systemClock } from '../flow/clock.ts'
import { readItemQuery } from '../operations/item-query.ts'
import type { Outcome } from '../operations/outcome.ts'
import { checkout } from '../operations/past/checkout.ts'
import { diff } from '../operations/past/diff.ts'
import type { DiffOutcome } from '../operations/past/outcome.ts'
import { knownMoment, type Moment, runOf } from '../operations/past/when.ts'
import { recordsAt } from '../operations/restore/records.ts'
import { checkPatterns } from '../operations/selection.ts'
import { checkoutFolder } from '../vault/checkout-folder.ts'
import { VersionError } from '../vault/versions/version-text.ts'
import { type Request, selectionOf } from './request.ts'
import { requireKey } from './require-key.ts'
import { atDestination, requireCatalogue, stillThere, withVault } from './vault.ts'

/** A past state of the vault that is to be written into a folder. */
export interface CheckoutRequest extends Request {
  /** A run's number, or a day such as `2026-11-26`. */
  readonly when: string
  /** The absolute path of a folder that is new or empty. */
  readonly folder: string
  readonly item?: string
  readonly link?: boolean
}

/** Writes the account as it was after a run, or at the end of a day, into a folder outside of the vault. */
export async function runCheckout(request: CheckoutRequest): Promise<Outcome> {
  const { settings, when, item, link = false, emit, signal } = request
  const asked = momentOf(when)
  return atDestination(request, async (place) => {
    await stillThere(place, request)
    await requireCatalogue(place)
    await requireKey(place)
    return withVault(place, { mode: 'read', operation: 'checkout' }, (vault) =>
      withVersions(async () => {
        const selection = selectionOf(settings)
        const moment = await knownMoment(vault, asked)
        // The paths of that day count.
        if (selection !== undefined) await checkPatterns({ selection, albums: await recordsAt(vault, moment).albums(), emit })
        const { album = [], exclude = [] } = settings
        const part = JSON.stringify([album, exclude, item ?? ''])
        const folder = await checkoutFolder(request.folder, vault, { vault: vault.id, run: moment.run, part })
        try {
          const by = await folder.way(link)
          if (link) emit({ event: 'warning', message: by === 'links' ? LINKED : COPIED })
          return await checkout({
            ...{ vault, moment, folder, emit, signal, by },
            clock: systemClock,
            ...(item !== undefined && { itemWords: item, item: readItemQuery(item, place.location) }),
            ...(selection !== undefined && { isChosen: (each) => selection.album(each) }),
          })
        } finally {
          await folder.close()
        }
      }),
    )
  })
}

const LINKED =
  'With --link the files are second names of those in the vault: do not edit them, that would change the vault. Copy one first.'
const COPIED = 'The files are copied: on this disk they cannot be second names of those in the vault.'

/** Two moments of the vault that are to be compared. */
export interface DiffRequest extends Request {
  /** A run's number, or a day. */
  readonly since: string
  /** The same; absent: the present. */
  readonly until?: string
}

/** Finds what differs between two moments of the vault. */
export async function runDiff(request: DiffRequest): Promise<DiffOutcome> {
  const { since, until, emit, signal } = request
  const asked = { since: momentOf(since), until: until === undefined ? undefined : momentOf(until) }
  return atDestination(request, async (place) => {
    await stillThere(place, request)
    await requireCatalogue(place)
    return withVault(place, { mode: 'read', operation: 'diff' }, (vault) =>
      withVersions(async () => {
        const { until: end } = asked
        const isTurned = runOf(vault, asked.since).id > (end === undefined ? Number.POSITIVE_INFINITY : runOf(vault, end).id)
        const [first, last] = isTurned && end !== undefined ? [end, asked.since] : [asked.since, end]
        const earlier = await knownMoment(vault, first)
        const later = last && (await knownMoment(vault, last, earlier.past))
        return await diff({ vault, since: earlier, emit, signal, ...(later !== undefined && { until: later }) })
      }),
    )
  })
}

/** Reads a moment. Throws `ConfigurationError` if it is none. */
export function momentOf(text: string): Moment {
  const when = readWhen(text)
  if (when !== undefined) return when
  throw new ConfigurationError(
    `A moment is given by the number of a run, such as 12, or by a day, such as 2026-11-26, and not by ${JSON.stringify(text)}.`,
    {
      hint: 'Run `smugmug-backup history`: it lists the runs with their numbers.',
    },
  )
}

/** Turns a damaged file of the past into an error that a person can act on. */
export async function withVersions<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof VersionError)) throw error
    throw new DestinationError(`The past cannot be read: ${error.message}.`, {
      hint: 'Your photos and the present records are not affected. Put the file back from a copy of the vault, or choose a later moment.',
      cause: error,
    })
  }
}
