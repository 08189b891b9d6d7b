/** The places of further copies. */

import { realpath } from 'node:fs/promises'
import type { CopySettings } from '../config/copy-settings.ts'
import { ConfigurationError } from '../errors.ts'
import { refuseOtherThings } from '../operations/copy/note.ts'
import { inFolder, OURS } from '../vault/layout.ts'
import { isOfTheSystem } from '../vault/litter.ts'
import { isOtherVault, isVaultTop } from '../vault/other-vault.ts'
import { openBucketStorage } from '../vault/storage/s3/bucket-storage.ts'
import { type Storage, StorageError } from '../vault/storage/storage.ts'
import { hasCatalogue } from '../vault/vault.ts'
import { openBase, overlap, type Place, placeOf } from './place.ts'
import type { Request } from './request.ts'
import { vaultAbove } from './vault-folder.ts'

const noPlaceOfItsOwn = (message: string): ConfigurationError =>
  new ConfigurationError(message, { hint: 'A copy needs a place of its own, best on another disk. Nothing was changed.' })

/** With `looks` the disks are asked, too, one of which may hang. Throws `ConfigurationError` if a copy is equal to, inside or around another vault. */
export function checkCopies(around: Pick<Request, 'settings' | 'env'>, { looks }: { readonly looks: boolean }): void {
  const { destination, copies } = around.settings
  const places = copies.map((copy) => ({ what: `the copy ${copy.name}`, place: placeOfCopy(copy, around) }))
  const all = destination === undefined ? places : [{ what: 'the vault itself', place: placeOf(destination, around) }, ...places]
  for (const [index, { what, place }] of all.entries()) {
    const other = all.slice(0, index).find((before) => overlap(before.place, place, looks))
    if (other === undefined) continue
    throw noPlaceOfItsOwn(
      `The destination of ${what}, ${place.location}, is the same as that of ${other.what}, or one lies inside the other.`,
    )
  }
}

/** Returns the place of a copy, which has keys of its own. */
export const placeOfCopy = (
  { name, destination, recipients, identityFile }: CopySettings,
  around: Pick<Request, 'settings' | 'env'>,
): Place =>
  placeOf(destination, {
    ...around,
    keys: recipients.length === 0 ? undefined : { recipients, identityFile, section: `[copy.${name}.encryption]` },
  })

/** Throws `ConfigurationError` if a copy would begin inside a vault, whichever that is. The place is there. */
export async function refuseInsideVault(place: Place, name: string): Promise<void> {
  const vault = place.kind === 'folder' ? vaultAbove(await realpath(place.folder)) : await bucketVaultAbove(place)
  if (vault === undefined) return
  throw noPlaceOfItsOwn(`The destination of the copy ${name}, ${place.location}, lies inside another vault, ${vault}.`)
}

/** Returns the vault that a new place in a bucket lies in. One that this computer knows was asked about when it began. */
async function bucketVaultAbove(place: Extract<Place, { readonly kind: 'bucket' }>): Promise<string | undefined> {
  const { home, location, prefix } = place
  if (hasCatalogue(home) || prefix === '') return undefined
  const top = location.split('/').slice(0, 3).join('/')
  const whole = openBucketStorage({ bucket: await place.open(), prefix: '', location: top, mayChange: () => undefined })
  try {
    const segments = prefix.split('/').slice(0, -1)
    for (const depth of segments.keys()) {
      const above = segments.slice(0, depth).join('/')
      if (await isVaultTop(whole, above)) return above === '' ? top : `${top}/${above}`
    }
    return undefined
  } finally {
    await whole.close()
  }
}

/** Throws `ConfigurationError` if a copy would begin around a vault. Reads the names of everything that lies at the place, which is there. */
export async function refuseAroundVault(place: Place, name: string, signal: AbortSignal): Promise<void> {
  const storage = await openBase(place)
  try {
    await storage.listAll?.(signal)
    const vault = await vaultBelow(storage, signal)
    if (vault === undefined) return
    throw noPlaceOfItsOwn(`The destination of the copy ${name}, ${place.location}, lies around another vault, ${place.location}/${vault}.`)
  } finally {
    await storage.close()
  }
}

/** Throws `ConfigurationError` if a copy would begin beside other things, before anything is made there. A sealed one has a look of its own. */
export async function refuseOccupied(place: Place, name: string): Promise<void> {
  if (place.keys !== undefined) return
  const storage = await openBase(place)
  try {
    await refuseOtherThings(storage, name)
  } finally {
    await storage.close()
  }
}

/** Returns the folder of a vault below the top; undefined if there is none in any folder that this user may read. */
async function vaultBelow(storage: Storage, signal: AbortSignal): Promise<string | undefined> {
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal.throwIfAborted()
    const entries = await storage.list(folder).catch((error: unknown) => {
      if (!(error instanceof StorageError)) throw error
      return []
    })
    if (await isOtherVault(storage, folder, entries)) return folder
    for (const { name, kind } of entries)
      if (kind === 'folder' && name !== OURS && !isOfTheSystem(name)) folders.push(inFolder(folder, name))
  }
  return undefined
}
