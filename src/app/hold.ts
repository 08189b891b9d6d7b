import { join } from 'node:path'
import { DestinationError } from '../errors.ts'
import { systemClock } from '../flow/clock.ts'
import { withoutPath } from '../operations/plain.ts'
import { takeLease } from '../vault/home/lease.ts'
import { type Holder, lockVault } from '../vault/home/lock.ts'
import { OURS } from '../vault/layout.ts'
import { StorageError } from '../vault/storage/storage.ts'
import type { Place } from './place.ts'

/** The right to change what lies at a place, beyond the lock of this computer. */
export interface Hold {
  /** Throws once the right may be lost. */
  readonly check: () => void | Promise<void>
  /** The term of the lease on a bucket; absent for a folder. */
  readonly term?: string
  release(): Promise<void>
}

/** A vault with its state in its folder needs no more than the lock: all computers see it. */
const NONE: Hold = { check: () => undefined, release: async () => undefined }

/** Locks the folder of a sealed vault, whose home other computers do not see. A disk without file locks costs only that. Throws `VaultBusyError`. */
async function holdFolder({ folder, location }: Extract<Place, { readonly kind: 'folder' }>, holder: Holder): Promise<Hold> {
  try {
    return { ...NONE, ...(await lockVault({ home: join(folder, OURS), location }, holder)) }
  } catch (error) {
    if (!(error instanceof DestinationError)) throw error
    return NONE
  }
}

/** Holds a place whose home this process has locked. Throws `VaultBusyError` if another computer holds it, `DestinationError` if the server refuses the lock. */
export async function holdPlace(place: Place, holder: Holder): Promise<Hold> {
  if (place.kind === 'folder') return place.keys === undefined ? NONE : await holdFolder(place, holder)
  const { prefix, location, home } = place
  const bucket = await place.open()
  try {
    const lease = await takeLease({ bucket, prefix, location, home, holder, clock: systemClock })
    // Nobody else writes here now: uploads that are not ended were left by killed runs, and their parts are paid for.
    await bucket.sweep(prefix).catch(() => undefined)
    return lease
  } catch (error) {
    bucket.close()
    if (!(error instanceof StorageError)) throw error
    throw new DestinationError(`The lock on ${location} could not be taken: ${withoutPath(error)}.`, {
      hint: 'Check [s3] and the permissions of its access key, then run it again.',
      cause: error,
    })
  }
}
