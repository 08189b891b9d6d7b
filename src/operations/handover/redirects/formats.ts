/**
 * The forms in which web servers take redirects. A path is data: a plain one is written as it is, any other one as a pattern in which each
 * character is spelled by its number, so that no quote, variable or bracket in it can mean anything.
 */
import { stringify } from 'csv-stringify/sync'
import { encodePath } from '../../../twin/links.ts'
import type { Redirect } from './addresses.ts'

/** Paths that every server reads as themselves. */
const PLAIN = /^[\p{L}\p{N}/._-]+$/u

/** Returns a line of an nginx `map`. It takes paths without regard to capitals, unless they are patterns. */
export const nginxLine = ({ from, to, isAmbiguous }: Redirect): string =>
  `  "${PLAIN.test(from) && !isAmbiguous ? from : `~^${spelled([...Buffer.from(from)], (byte) => `\\x${hex(byte)}`)}$`}" "${to}";\n`

/** Returns a line of a Caddy `map`. */
export const caddyLine = ({ from, to }: Redirect): string =>
  `\t"${PLAIN.test(from) ? from : `~^${spelled(codePoints(from), (code) => `\\x{${hex(code)}}`)}$`}" "${to}"\n`

const codePoints = (text: string): readonly number[] => Array.from(text, (character) => character.codePointAt(0) ?? 0)

const spelled = (codes: readonly number[], spell: (code: number) => string): string =>
  codes.map((code) => (code < 128 && /[A-Za-z0-9/_]/.test(String.fromCharCode(code)) ? String.fromCharCode(code) : spell(code))).join('')

const hex = (code: number): string => code.toString(16).padStart(2, '0')

/** The most lines without a pattern that Cloudflare takes in `_redirects`. */
export const CLOUDFLARE_LINES = 2000

/** The most characters of such a line. */
const CLOUDFLARE_LENGTH = 1000

/** Returns a line of Cloudflare's `_redirects`; undefined for one that it would not take, or would take for a pattern. */
export function cloudflareLine({ from, to }: Redirect): string | undefined {
  const path = encodePath(from)
  const line = `${path} ${to} 301\n`
  return line.length > CLOUDFLARE_LENGTH || path.includes('*') ? undefined : line
}

/** Returns a line of Cloudflare's list of bulk redirects, for old addresses of this host. */
export const bulkLine = ({ from, to }: Redirect, host: string): string =>
  stringify([[host + encodePath(from), to.startsWith('/') ? `https://${host}${to}` : to, '301']])

/** Returns a line of the list for any other server: both addresses encoded. */
export const csvLine = ({ from, to }: Redirect): string => stringify([[encodePath(from), to]])
