import type { JsonObject } from '../../model.ts'
import { WITHHELD } from '../../vault/record/secrets.ts'

/** The way to the privacy that a folder or an album had. It is made private first. */
export type Opening =
  /** It was private. */
  | { readonly kind: 'private' }
  | { readonly kind: 'open'; readonly privacy: 'Public' | 'Unlisted'; readonly password?: string }
  /** The vault does not hold what its privacy needs. `reason` is for people. */
  | { readonly kind: 'stays private'; readonly reason: string }

/** Decides how a folder or album may be opened. A field that is missing or unknown means private: privacy is never wider than it was. */
export function openingOf(raw: JsonObject): Opening {
  const { Privacy: privacy, SecurityType: security, Password: password } = raw
  if (privacy === 'Private') return { kind: 'private' }
  if (privacy !== 'Public' && privacy !== 'Unlisted') return stays('the vault does not say who could see it')
  switch (security) {
    case 'None':
      return { kind: 'open', privacy }
    case 'Password':
      if (typeof password === 'string' && password !== '' && password !== WITHHELD) return { kind: 'open', privacy, password }
      return stays('the vault does not hold its password (keep_secrets)')
    case 'GrantAccess':
      return stays('only people whom you invited could see it, and invitations cannot go back')
    default:
      return stays('the vault does not say whether it had a password')
  }
}

const stays = (reason: string): Opening => ({ kind: 'stays private', reason })

/** The protection that really holds, with that of the folders above: the higher, the fewer people see it. */
const RANK = { Public: 0, Unlisted: 1, Private: 3 } as const
const LOCKED = 2

/** Returns the protection of a privacy, which is foreign text. */
const rankBy = (privacy: unknown, unknown: number): number =>
  privacy === 'Public' || privacy === 'Unlisted' || privacy === 'Private' ? RANK[privacy] : unknown

/** A folder or album of the vault: SmugMug's answer about it, and the folder above. */
export interface Protected {
  readonly raw: JsonObject
  readonly parent?: Protected
}

/**
 * Is the place at SmugMug seen by more people than the one in the vault was? Then no photo may go into it. `present` is SmugMug's answer about
 * the node there. An unknown privacy of the vault counts as private, an unknown one at SmugMug as public.
 */
export const isWider = (present: JsonObject, was: Protected): boolean => rankAt(present) < rankBefore(was)

function rankOf(raw: JsonObject, unknown: number): number {
  const { EffectivePrivacy, Privacy, EffectiveSecurityType, SecurityType } = raw
  const privacy = rankBy(EffectivePrivacy ?? Privacy, unknown)
  const security = EffectiveSecurityType ?? SecurityType
  const isLocked = security === undefined ? unknown > 0 : security !== 'None'
  return Math.max(privacy, isLocked ? LOCKED : 0)
}

/**
 * Returns the protection that a node will really have: its own after the opening, or that of the folder above it if that is stricter. An
 * unlisted folder does not protect a public album (fact sheet 9.2).
 */
export function rankAfter(opening: Opening, above: number): number {
  const own = opening.kind !== 'open' ? RANK.Private : Math.max(RANK[opening.privacy], opening.password === undefined ? 0 : LOCKED)
  return Math.max(own, above >= LOCKED ? above : 0)
}

/** Returns the protection that SmugMug says a node has; unknown counts as none. */
export const rankAt = (raw: JsonObject): number => rankOf(raw, 0)

/**
 * Returns the protection that a node of the vault had, that of the folders above it included: SmugMug says it, but older records may lack it.
 * Unknown counts as private.
 */
export function rankBefore({ raw, parent }: Protected): number {
  const above = parent === undefined ? 0 : rankBefore(parent)
  return Math.max(rankOf(raw, RANK.Private), above >= LOCKED ? above : 0)
}
