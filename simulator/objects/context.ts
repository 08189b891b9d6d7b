import type { ByteStore } from '../bytes.ts'
import type { Atlas, Place } from '../lookup.ts'

/** Who looks: the owner with `Access=Full`, or anybody. */
export type Viewer = 'owner' | 'public'

/** What the making of objects needs to know. */
export interface Context {
  readonly atlas: Atlas
  readonly bytes: ByteStore
  readonly viewer: Viewer
  readonly apiUrl: string
  readonly cdnUrl: string
}

/** The account's own web site. */
export function siteOf(context: Context): string {
  return `https://${context.atlas.world.nickName}.smugmug.com`
}

/** The path of an address of the account's user. */
export function userUri(context: Context): string {
  return `/api/v2/user/${context.atlas.world.nickName}`
}

/** Whether a stranger may know that it exists. */
export function isVisible(context: Context, place: Place): boolean {
  return context.viewer === 'owner' || place.privacy !== 'Private'
}

/** Whether a stranger must give a password first (fact sheet 1.5). */
export function isLocked(context: Context, place: Place): boolean {
  return context.viewer === 'public' && place.securityType !== 'None'
}

/** SmugMug's `html` of a plain text. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
