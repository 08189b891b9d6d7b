import type { Problem } from '../../events.ts'
import { formatNumber } from '../../events.ts'
import { NOT_FETCHED } from '../backup/bytes/companions.ts'
import { SMALLER } from '../backup/bytes/conclude.ts'
import type { Standing } from '../outcome.ts'
import { isWhole, standingSentence } from '../standing.ts'

/** The findings of the three steps, and the standing after them. */
export interface Findings {
  readonly backup: readonly Problem[]
  readonly verify: readonly Problem[]
  readonly twin: readonly Problem[]
  readonly standing: Standing
}

/** The exceptions of a backup that closing the account would make final. Those that are pending or impossible at SmugMug are among them. */
const OPEN: ReadonlySet<Problem['kind']> = new Set(['failed', 'album', 'impossible', 'pending', 'would-vanish', 'would-be-replaced'])

const WRONG: ReadonlySet<Problem['kind']> = new Set(['missing', 'damaged', 'album', 'failed'])

/** Is this exception of a backup open? So are, though only notices: a photo held smaller than its original, and a RAW file that is not held. */
export const isOpen = ({ kind, reason }: Problem): boolean =>
  OPEN.has(kind) || (kind === 'notice' && (reason === SMALLER.reason || reason.startsWith(NOT_FETCHED)))

/**
 * Returns everything that speaks against closing the account, by name. Empty only if the standing, too, says that every item of the account
 * is held as well as SmugMug offers any, and that every byte was re-read.
 */
export function openThings({ backup, verify, twin, standing }: Findings): readonly Problem[] {
  const named = [
    ...backup.filter(isOpen),
    ...verify.filter(({ kind }) => WRONG.has(kind)),
    // A file of a person's in the place of a page is named, and is no trouble.
    ...twin.filter(({ kind, needsYou }) => WRONG.has(kind) && needsYou !== true),
  ].map(({ asBefore: _known, ...problem }) => problem)
  return named.length > 0 ? named : unnamed(standing)
}

/** Returns the trouble that only the standing knows. */
function unnamed(standing: Standing): readonly Problem[] {
  const { missing, smaller, isFullyProven } = standing
  if (!isWhole(standing) || smaller + missing.pending + missing.impossible > 0) {
    return [{ kind: 'failed', reason: standingSentence(standing) }]
  }
  return isFullyProven ? [] : [{ kind: 'failed', reason: 'Not every file could be read again to its end.' }]
}

/** Returns the number of things that are open, in words. */
export const openWords = (count: number): string => `${formatNumber(count)} ${count === 1 ? 'thing is' : 'things are'} open`
