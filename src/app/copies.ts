import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { readWhen } from '../config/when.ts'
import { ConfigurationError } from '../errors.ts'
import { copiesAside, copiesOf, copyAsOf, type HeldCopy, type ItemCopies } from '../operations/history/copies.ts'
import { copyThen } from '../operations/past/copy-then.ts'
import { knownMoment } from '../operations/past/when.ts'
import { layout } from '../vault/layout.ts'
import { leadsNowhere, pathInside } from './inside.ts'
import { withVersions } from './past.ts'
import { pathInVault, placeOf } from './place.ts'
import type { Request } from './request.ts'
import { atDestination, requireCatalogue, withVault } from './vault.ts'

/** The most copies of all items that are listed. */
const MOST = 500

/** Finds the copies of an item; undefined for a key that the vault does not know. */
export const runCopies = (request: Request, imageKey: string): Promise<ItemCopies | undefined> =>
  atDestination(request, async (place) => {
    await requireCatalogue(place)
    return withVault(place, { mode: 'read', operation: 'web' }, (vault) => copiesOf(vault, imageKey))
  })

/** Lists the copies of all items that were put aside, the newest first; at most 500. */
export const runCopiesAside = (request: Request): Promise<readonly (HeldCopy & { readonly imageKey: string })[]> =>
  atDestination(request, async (place) => {
    await requireCatalogue(place)
    return withVault(place, { mode: 'read', operation: 'web' }, (vault) => copiesAside(vault, MOST))
  })

/**
 * Returns the copy of an item as of a day (`2026-11-26`: its end) or the end of a run (`12`). Throws `ConfigurationError` for another word,
 * for an unknown run, for a day before the first run, for an item that was not in the account then, and for bytes that are no longer held;
 * `DestinationError` for a past that is damaged.
 */
export const runCopyAsOf = (request: Request, imageKey: string, text: string): Promise<HeldCopy | undefined> =>
  atDestination(request, async (place) => {
    const when = readWhen(text)
    if (when === undefined) throw new ConfigurationError(`${JSON.stringify(text)} is no day. A day looks like 2026-11-26.`)
    await requireCatalogue(place)
    return withVault(place, { mode: 'read', operation: 'web' }, async (vault) => {
      const { runs } = vault.catalogue
      const run = 'run' in when ? runs.get(when.run) : runs.before(when.before)
      if (run === undefined) throw new ConfigurationError('There was no backup yet at that time: choose a later day.')
      const item = await copiesOf(vault, imageKey)
      if (item === undefined) return undefined
      const moment = await withVersions(() => knownMoment(vault, when)).catch((error: unknown) => {
        // The records of that time are not kept: the journal of what was put aside still knows something.
        if (error instanceof ConfigurationError) return undefined
        throw error
      })
      const { copies } = item
      const then = moment === undefined ? 'unknown' : await withVersions(() => copyThen(vault, { imageKey, copies }, moment))
      if (then === 'unknown') return copyAsOf(item, 'before' in when ? when.before : (run.finishedAt ?? run.startedAt))
      if (then === 'not there')
        throw new ConfigurationError(`${item.name} was not in your account at that time.`, { hint: 'Choose another day.' })
      if (then === 'not held')
        throw new ConfigurationError(`The copy of ${item.name} as it was at that time is no longer held.`, {
          hint: 'Replaced and removed copies are kept as long as `keep_replaced` and `keep_trash` say.',
        })
      return then
    })
  })

/** Returns the real path of a copy, all links resolved; undefined if it is gone, or if a link leads elsewhere. */
export async function copyPath(destination: string, { path, aside }: HeldCopy): Promise<string | undefined> {
  const place = placeOf(destination)
  if (place.kind !== 'folder') return undefined
  if (aside === undefined) return await pathInVault(place, path.split('/'))
  const folder = path.startsWith(`${layout.trash}/`) ? layout.trash : layout.history
  try {
    // The folder itself may not be a link: what lies behind one is none of ours.
    const top = join(await realpath(place.folder), folder)
    if ((await realpath(top)) !== top) return undefined
    return await pathInside(top, path.slice(folder.length + 1).split('/'))
  } catch (error) {
    if (leadsNowhere(error)) return undefined
    throw error
  }
}
