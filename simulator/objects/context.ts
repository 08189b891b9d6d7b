import type { ByteStore } from '../bytes.ts'
import type { Atlas, Place } from '../lookup.ts'

/** The viewer: the owner with `Access=Full`, or anybody. */
export type Viewer = 'owner' | 'public'

/** The facts for making objects. */
export interface Context {
  readonly atlas: Atlas
  /** The account as its lists show it: they may lag behind. */
  readonly listed: Atlas
  /** The account as `ImageCount` shows it. */
  readonly counted: Atlas
  /** Is this uploaded video still being processed? */
  isProcessing(imageKey: string): boolean
  readonly bytes: ByteStore
  readonly viewer: Viewer
  readonly apiUrl: string
  readonly cdnUrl: string
}

/** Returns the address of the account's own web site. */
export function siteOf(context: Context): string {
  return `https://${context.atlas.world.nickName}.smugmug.com`
}

/** Returns the path of an address of the account's user. */
export function userUri(context: Context): string {
  return `/api/v2/user/${context.atlas.world.nickName}`
}

/** May a stranger know that it exists? */
export function isVisible(context: Context, place: Place): boolean {
  return context.viewer === 'owner' || place.privacy !== 'Private'
}

/** Must a stranger give a password first (fact sheet 1.5)? */
export function isLocked(context: Context, place: Place): boolean {
  return context.viewer === 'public' && place.securityType !== 'None'
}

/** Returns SmugMug's `html` of a plain text. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
