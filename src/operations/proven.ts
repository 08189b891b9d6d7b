import type { Catalogue } from '../vault/catalogue/catalogue.ts'

/** Notes in the catalogue: the start of the pass over all files, whether it found anything, the last clean pass. */
const BEGUN = 'verify.begun'
const SPOILT = 'verify.spoilt'
const COMPLETED = 'verify.completed'

/** Notes that something is missing or damaged: neither the last pass over all files nor the present one proves everything. */
export function spoilPass(catalogue: Catalogue): void {
  catalogue.setMeta(SPOILT, '1')
  catalogue.setMeta(COMPLETED, undefined)
}

/** Begins a pass over all files. */
export function startPass(catalogue: Catalogue, now: number): void {
  catalogue.setMeta(BEGUN, String(now))
  catalogue.setMeta(SPOILT, undefined)
}

/** Notes the end of a pass over all files: it proves everything, unless it was spoilt. */
export function completePass(catalogue: Catalogue): void {
  if (catalogue.meta(SPOILT) === undefined) catalogue.setMeta(COMPLETED, catalogue.meta(BEGUN))
}

/** Returns the start of the present pass over all files, in milliseconds since 1970; undefined before the first. */
export function passBegun(catalogue: Catalogue): number | undefined {
  const begun = catalogue.meta(BEGUN)
  return begun === undefined ? undefined : Number(begun)
}

/** Returns the last time that everything held was re-read and found right, if nothing was found wrong since; milliseconds since 1970. */
export function lastFullyProven(catalogue: Catalogue): number | undefined {
  const completed = catalogue.meta(COMPLETED)
  return completed === undefined ? undefined : Number(completed)
}
