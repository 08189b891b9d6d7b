import { DestinationError } from '../errors.ts'
import { systemClock } from '../flow/clock.ts'
import { learnSealed } from '../operations/learn-sealed.ts'
import type { Outcome } from '../operations/outcome.ts'
import { rebuild } from '../operations/rebuild.ts'
import { remakeCatalogue } from '../vault/catalogue/remake.ts'
import { noteAnew } from '../vault/catalogue-copy.ts'
import { inHome } from '../vault/home/home.ts'
import { hasCatalogue } from '../vault/vault.ts'
import { catchUp } from './catalogue-copy.ts'
import type { Hold } from './hold.ts'
import { openStorage, type Place } from './place.ts'
import type { Request } from './request.ts'
import { requireAllKeys, requireKey } from './require-key.ts'
import { anyRecords, atDestination, holdAll, stillThere } from './vault.ts'

/** Makes a new catalogue from the vault itself, and keeps the old one beside it. */
export async function runRebuild(request: Request): Promise<Outcome> {
  return await atDestination(request, async (place) => {
    await stillThere(place, request)
    await requireKey(place)
    if (!hasCatalogue(place.home) && !(await anyRecords(place)))
      throw new DestinationError(`There is no vault in ${place.location}: nothing to make a catalogue from.`, {
        hint: 'Check `destination`.',
      })
    if (!hasCatalogue(place.home)) await requireAllKeys(place)
    const hold = await holdAll(place, 'rebuild')
    try {
      return await rebuildIn(place, hold, request)
    } finally {
      await hold.release()
    }
  })
}

/**
 * Takes the catalogue of a vault that has none on this computer from its copy in the bucket, or makes it anew from the records: an empty one would
 * download everything again.
 */
export async function restoreCatalogue(place: Place, request: Request): Promise<void> {
  if (hasCatalogue(place.home) || !(await anyRecords(place))) return
  const { emit } = request
  if (await takeLost(place)) {
    emit({
      event: 'warning',
      message: `There was no catalogue of the vault ${place.location} on this computer; it was taken from its copy.`,
    })
    return
  }
  emit({ event: 'warning', message: `The catalogue of the vault ${place.location} is gone; it is made anew from the vault itself.` })
  await runRebuild(request)
}

async function takeLost(place: Place): Promise<boolean> {
  if (place.kind === 'folder') return false
  const hold = await holdAll(place, 'backup')
  try {
    const storage = await openStorage(place, hold)
    try {
      return (await catchUp(place, storage)).isTaken
    } finally {
      await storage.close()
    }
  } finally {
    await hold.release()
  }
}

async function rebuildIn(place: Place, hold: Hold, { emit, signal }: Request): Promise<Outcome> {
  const storage = await openStorage(place, hold)
  try {
    const outcome = await remakeCatalogue(inHome(place.home, 'catalogue'), async (catalogue) => {
      const made = await rebuild({ storage, catalogue, emit, signal, clock: systemClock })
      await learnSealed({ storage, catalogue, emit, signal })
      return made
    })
    if (place.kind === 'bucket') await noteAnew({ home: place.home, storage })
    return outcome
  } finally {
    await storage.close()
  }
}
