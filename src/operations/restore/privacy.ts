import type { Json, JsonObject } from '../../model.ts'
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
  const { Privacy: privacy, SecurityType: security } = raw
  const password = heldPassword(raw.Password)
  if (privacy === 'Private') return { kind: 'private' }
  if (privacy !== 'Public' && privacy !== 'Unlisted') return stays('the vault does not say who could see it')
  switch (security) {
    case 'None':
      return { kind: 'open', privacy }
    case 'Password':
      if (password !== undefined) return { kind: 'open', privacy, password }
      return stays('the vault does not hold its password (keep_secrets)')
    case 'GrantAccess':
      return stays('only people whom you invited could see it, and invitations cannot go back')
    default:
      return stays('the vault does not say whether it had a password')
  }
}

const stays = (reason: string): Opening => ({ kind: 'stays private', reason })

/** Is a node open, by itself, as SmugMug's answer about it says? A restore makes each of them private. */
export const isOpen = ({ Privacy }: JsonObject): boolean => Privacy === 'Public' || Privacy === 'Unlisted'

/** Does a field of SmugMug's answer show this password? It may show none, or stars: then SmugMug's word that there is one must do. */
export const showsPassword = (shown: Json | undefined, password: string): boolean =>
  shown === undefined || shown === null || shown === password || (/^\**$/.test(String(shown)) && String(shown) !== '')

/** Returns a password that the vault holds; undefined if there was none, or it was withheld. */
export const heldPassword = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value !== '' && value !== WITHHELD ? value : undefined

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

function rankOf(raw: JsonObject, unknown: number): number {
  const { EffectivePrivacy, Privacy, EffectiveSecurityType, SecurityType } = raw
  const privacy = rankBy(EffectivePrivacy ?? Privacy, unknown)
  const security = EffectiveSecurityType ?? SecurityType
  const isLocked = security === undefined ? unknown > 0 : security !== 'None'
  return Math.max(privacy, isLocked ? LOCKED : 0)
}

/**
 * Returns the least protection that a node will have after the restore: its own, or that of the folder above it if that is stricter. Its own is
 * that of `opening`, which a restore gives to what it made, and not more than that of `present`, SmugMug's answer about the node. An unlisted
 * folder does not protect a public album (fact sheet 9.2).
 */
export function rankAfter({ opening, present }: { readonly opening?: Opening; readonly present?: JsonObject }, above: number): number {
  const given = opening === undefined ? RANK.Private : rankBehind(opening)
  return Math.max(Math.min(given, present === undefined ? RANK.Private : ownRank(present)), above >= LOCKED ? above : 0)
}

const rankBehind = (opening: Opening): number =>
  opening.kind === 'open' ? Math.max(RANK[opening.privacy], opening.password === undefined ? 0 : LOCKED) : RANK.Private

/** Leaves out the protection by the folders above: they may be opened. */
const ownRank = ({ EffectivePrivacy: _privacy, EffectiveSecurityType: _security, ...own }: JsonObject): number => rankOf(own, 0)

/** A folder, as a protection of all that is in it. */
export interface Above {
  readonly rank: number
  /** Its path at SmugMug; absent if it does not stand there. */
  readonly urlPath?: string
}

/** Returns the protection that a folder gives to a node: none if the node, which `present` is SmugMug's answer about, was moved out of it. */
export function rankFrom({ rank, urlPath }: Above, present: JsonObject | undefined): number {
  if (present === undefined) return rank
  return urlPath !== undefined && String(present.UrlPath ?? '').startsWith(`${urlPath.replace(/\/$/, '')}/`) ? rank : 0
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
