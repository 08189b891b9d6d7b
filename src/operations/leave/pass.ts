import { HOUR } from '../../flow/clock.ts'
import type { Catalogue } from '../../vault/catalogue/catalogue.ts'

/** The note of a pass over all files that a last look began and could not end: its begin, and the generation of the vault then. */
const NOTE = 'leave.pass'

/** A pass that began longer ago is no proof of today. */
const LONGEST = 48 * HOUR

/** Returns when the pass began that a stopped look left, in milliseconds since 1970, if it may be continued: nothing has changed since. */
export function passToGoOn(catalogue: Catalogue, now: number): number | undefined {
  const begun = Number(catalogue.meta('verify.begun') ?? Number.NaN)
  const isSame = catalogue.meta(NOTE) === printOf(catalogue) && catalogue.meta('verify.cursor') !== undefined
  return isSame && begun <= now && now - begun <= LONGEST && catalogue.meta('verify.spoilt') === undefined ? begun : undefined
}

/** Notes the pass of a look that was stopped, so that the next one continues it; forgets it after one that came to its end. */
export function rememberPass(catalogue: Catalogue, { isStopped }: { readonly isStopped: boolean }): void {
  catalogue.setMeta(NOTE, isStopped ? printOf(catalogue) : undefined)
}

const printOf = (catalogue: Catalogue): string => `${catalogue.meta('verify.begun')} ${catalogue.meta('state.generation')}`
