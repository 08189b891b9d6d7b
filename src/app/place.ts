/** The one file that knows what kinds of destinations there are. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { isBucketAddress, readBucketAddress } from '../config/bucket-address.ts'
import { checkDestination } from '../config/required.ts'
import type { Settings } from '../config/settings.ts'
import { ConfigurationError, DestinationError } from '../errors.ts'
import { makeFolders } from '../flow/make-folders.ts'
import type { VaultPlace } from '../vault/home/home.ts'
import { type Holder, heldBy } from '../vault/home/lock.ts'
import { stateFolder } from '../vault/home/mark.ts'
import { OURS } from '../vault/layout.ts'
import { OwnEntries } from '../vault/own-entries.ts'
import { openFolder } from '../vault/storage/folder.ts'
import { withoutGenerations } from '../vault/storage/folder-generations.ts'
import type { Bucket } from '../vault/storage/s3/bucket.ts'
import { openBucketStorage } from '../vault/storage/s3/bucket-storage.ts'
import { openBucket } from '../vault/storage/s3/open-bucket.ts'
import type { Storage } from '../vault/storage/storage.ts'
import { codeOf, describe, isSystemError } from '../vault/system-error.ts'
import type { Hold } from './hold.ts'
import { pathInside } from './inside.ts'
import { proxyOf } from './proxy.ts'
import { asSealed, keysOf, type SealKeys } from './sealing.ts'

/** A vault in a folder on a disk of this computer, with its state in the folder itself, or in the state folder if it is sealed. */
interface FolderPlace extends VaultPlace {
  readonly kind: 'folder'
  readonly keys: SealKeys | undefined
  /** The absolute path of the vault. */
  readonly folder: string
}

/** A vault in a bucket, with its state in the state folder of this computer. */
interface BucketPlace extends VaultPlace {
  readonly kind: 'bucket'
  readonly keys: SealKeys | undefined
  /** The beginning of all keys: empty, or with a slash at its end. */
  readonly prefix: string
  /** Opens the bucket; nothing is asked of the server yet. Throws `ConfigurationError`. */
  open(): Promise<Bucket>
}

/** A destination that is understood. */
export type Place = FolderPlace | BucketPlace

/** The surroundings that give a destination its meaning. */
export interface Around {
  readonly settings?: Settings
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** The keys of a vault that is not the one of the settings; undefined if it is not sealed. Absent: those of the settings. */
  readonly keys?: SealKeys | undefined
}

/**
 * Returns the place that a destination means. It may not be there. See: `checkPlace`. Throws `ConfigurationError` for an address of a bucket
 * that is none, and if there is no folder for the state of a vault elsewhere.
 */
export const placeOf = (destination: string, around: Around = {}): Place => {
  if (isBucketAddress(destination)) return bucketPlace(destination, around)
  const keys = keysAround(around)
  const place = { kind: 'folder', keys, folder: destination, location: destination } as const
  if (keys === undefined) return { ...place, home: join(destination, OURS), folders: [destination] }
  const home = homeElsewhere(destination, around)
  return { ...place, home, folders: [destination, home] }
}

const keysAround = (around: Around): SealKeys | undefined =>
  'keys' in around || around.settings === undefined ? around.keys : keysOf(around.settings)

function bucketPlace(location: string, around: Around): BucketPlace {
  const { settings, env = {} } = around
  const address = readBucketAddress(location)
  if (address === undefined) {
    throw new ConfigurationError(`destination is "${location}", which is no address of a bucket.`, {
      hint: 'Write s3://BUCKET or s3://BUCKET/PATH, such as s3://my-photos/smugmug; the server stands in [s3] as endpoint.',
    })
  }
  const { bucket } = address
  const prefix = address.prefix === '' ? '' : `${address.prefix}/`
  const home = homeElsewhere(location, { ...(settings !== undefined && { settings }), env })
  const keys = { accessKeyId: settings?.s3AccessKeyId, secretAccessKey: settings?.s3SecretAccessKey }
  return {
    ...{ kind: 'bucket', keys: keysAround(around), prefix, location, home, folders: [home] },
    open: () =>
      openBucket({
        bucket,
        ...(settings?.s3Endpoint !== undefined && { endpoint: settings.s3Endpoint }),
        ...(settings?.s3Region !== undefined && { region: settings.s3Region }),
        ...(settings?.s3PathStyle !== undefined && { pathStyle: settings.s3PathStyle }),
        ...(settings?.s3StorageClass !== undefined && { storageClass: settings.s3StorageClass }),
        ...(keys.accessKeyId !== undefined &&
          keys.secretAccessKey !== undefined && { keys: { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey } }),
        ...proxyOf(env),
      }),
  }
}

/** Returns the home of a vault that cannot hold its own: a folder of its own in the state folder, which does not have to be there. */
export function homeElsewhere(location: string, { settings, env = {} }: Around): string {
  const state = settings?.stateFolder ?? stateFolder(env)
  if (state === undefined) {
    throw new ConfigurationError(`There is no folder for the local state of the vault ${location}.`, {
      hint: 'Write `state_folder = "…"` into [store]: a folder on a disk of this computer that lasts.',
    })
  }
  const name = location.replace(/[^A-Za-z0-9.-]+/g, '-').slice(0, 60)
  return join(state, 'elsewhere', `${name}-${createHash('sha256').update(location).digest('hex').slice(0, 12)}`)
}

/**
 * Makes sure that the place can be used. Throws `ConfigurationError` for a destination of no known kind and for wrong keys, `DestinationError`
 * if it is not there.
 */
export async function checkPlace(place: Place): Promise<void> {
  if (place.kind === 'folder') return await checkDestination(place.folder)
  const bucket = await place.open()
  try {
    await bucket.serverTime()
  } finally {
    bucket.close()
  }
}

/** Makes the home of a vault that does not hold its own, for its owner alone. Throws `DestinationError` if the disk refuses it. */
export async function makeHome(place: Place): Promise<void> {
  if (place.kind === 'folder' && place.keys === undefined) return
  try {
    await makeFolders(place.home, 0o700)
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new DestinationError(`The state of the vault ${place.location} cannot be kept in ${place.home}: ${describe(error)}.`, {
      hint: 'Check that disk and the permissions there, or name another folder as `state_folder`, then run it again.',
      cause: error,
    })
  }
}

/** Is there anything at all? A bucket was asked before. */
export const isThere = (place: Place): boolean => place.kind === 'bucket' || existsSync(place.folder)

/**
 * Opens the storage of a place that is there: to look, or with a hold on it to change it, which makes the mark of a new sealed vault. Throws
 * `DestinationError`, and `ConfigurationError` if the vault is sealed and the settings are not, or the other way round.
 */
export async function openStorage(place: Place, hold?: Hold): Promise<Storage> {
  const base = await openBase(place, hold)
  try {
    return await asSealed(base, place, hold === undefined ? 'read' : 'write')
  } catch (error) {
    await base.close()
    throw error
  }
}

/** Opens the storage of a place as its bytes lie there. */
export async function openBase(place: Place, hold?: Hold): Promise<Storage> {
  if (place.kind === 'folder') return await withoutGenerations(openFolder(place.folder), hold === undefined ? 'read' : 'write')
  const { prefix, location } = place
  const { check: mayChange = () => undefined, term } = hold ?? {}
  return openBucketStorage({ bucket: await place.open(), prefix, location, mayChange, ...(term !== undefined && { term }) })
}

/**
 * Returns the real path of a file of the vault, all links resolved. Undefined if there is none, if a link leads out of the vault or to a name that
 * begins with a dot, and where the files do not lie on this computer.
 */
export const pathInVault = async (place: Place, segments: readonly string[]): Promise<string | undefined> =>
  place.kind === 'folder' && place.keys === undefined ? await pathInside(place.folder, segments) : undefined

/** Do two places overlap: are they one, or does one lie inside the other? A place that is not there, or is not to be looked at, is compared by its name alone. */
export function overlap(one: Place, other: Place, looks: boolean): boolean {
  const [a, b] = [one, other].map((place) => {
    const name = place.kind === 'folder' ? resolve(place.folder).replaceAll(sep, '/') : place.location
    return `${name.replace(/\/+$/, '')}/`
  }) as [string, string]
  if (a.startsWith(b) || b.startsWith(a)) return true
  if (one.kind !== 'folder' || other.kind !== 'folder') return false
  try {
    return looks && isThere(one) && isThere(other) && new OwnEntries(one.folder).isPartOrHolder(other.folder)
  } catch (error) {
    // A place that cannot be looked at is trouble of its own, later.
    if (!isSystemError(error)) throw error
    return false
  }
}

/** Returns the holder of the vault at a destination, as far as it is known on this computer; undefined when nobody is changing it. Throws `DestinationError` if the disk refuses a look. */
export const usedBy = (destination: string, around: Around): Partial<Holder> | undefined => lookAtHome(placeOf(destination, around), heldBy)

/**
 * Looks at the home of a vault. Throws `DestinationError` if the disk refuses it, as one does that is away: a process that runs for months must
 * outlast that.
 */
export function lookAtHome<T>({ home, location }: Pick<Place, 'home' | 'location'>, look: (home: string) => T): T {
  try {
    return look(home)
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new DestinationError(`The destination ${location} cannot be reached (${codeOf(error)}).`, {
      hint: 'Check the disk and the permissions.',
      cause: error,
    })
  }
}
