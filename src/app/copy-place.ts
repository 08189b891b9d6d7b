/** The places of further copies. */
import type { CopySettings } from '../config/copy-settings.ts'
import { ConfigurationError } from '../errors.ts'
import { overlap, type Place, placeOf } from './place.ts'
import type { Request } from './request.ts'

/** With `looks` the disks are asked, too, one of which may hang. Throws `ConfigurationError` if a copy is equal to, inside or around another vault. */
export function checkCopies(around: Pick<Request, 'settings' | 'env'>, { looks }: { readonly looks: boolean }): void {
  const { destination, copies } = around.settings
  const places = copies.map((copy) => ({ what: `the copy ${copy.name}`, place: placeOfCopy(copy, around) }))
  const all = destination === undefined ? places : [{ what: 'the vault itself', place: placeOf(destination, around) }, ...places]
  for (const [index, { what, place }] of all.entries()) {
    const other = all.slice(0, index).find((before) => overlap(before.place, place, looks))
    if (other === undefined) continue
    throw new ConfigurationError(
      `The destination of ${what}, ${place.location}, is the same as that of ${other.what}, or one lies inside the other.`,
      {
        hint: 'A copy needs a place of its own, best on another disk. Nothing was changed.',
      },
    )
  }
}

/** Returns the place of a copy, which has keys of its own. */
export const placeOfCopy = ({ destination, recipients, identityFile }: CopySettings, around: Pick<Request, 'settings' | 'env'>): Place =>
  placeOf(destination, { ...around, keys: recipients.length === 0 ? undefined : { recipients, identityFile } })
