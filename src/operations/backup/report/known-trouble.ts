import { createHash } from 'node:crypto'
import type { Problem } from '../../../events.ts'
import type { Catalogue } from '../../../vault/catalogue/catalogue.ts'

/** The note of the catalogue with the problems of the last run, as short hashes. */
const NOTE = 'problems.known'

/** The most problems that are remembered: the others count as new each time. */
const MOST = 100_000

/** Returns the identity of a problem from one run to the next. */
const printOf = ({ kind, album, name, imageKey, reason }: Problem): string =>
  createHash('md5')
    .update(JSON.stringify([kind, album, name, imageKey, reason]))
    .digest('base64url')
    .slice(0, 8)

/** Returns a function that says whether the last run reported a problem as well. Call it before this run notes its own. */
export function knownTrouble(catalogue: Catalogue): (problem: Problem) => boolean {
  const known = new Set((catalogue.meta(NOTE) ?? '').split(' '))
  return (problem) => known.has(printOf(problem))
}

/** Notes the problems of a run. A run that did not look at everything forgets none of the earlier ones. */
export function noteTrouble(catalogue: Catalogue, problems: readonly Problem[], { isWhole }: { readonly isWhole: boolean }): void {
  const before = isWhole ? [] : (catalogue.meta(NOTE) ?? '').split(' ').filter((each) => each !== '')
  const prints = new Set([...problems.slice(0, MOST).map(printOf), ...before])
  catalogue.setMeta(NOTE, prints.size === 0 ? undefined : [...prints].slice(0, MOST).join(' '))
}
