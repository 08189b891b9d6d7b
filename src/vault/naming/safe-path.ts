/**
 * Names that are legal on Windows, macOS, Linux and the NAS boxes in between, whatever SmugMug answers; and the key
 * under which two names are one on some disk. Names stay as they are wherever they are legal, and recognisable where they are not.
 *
 * [Note: names of our own] Three endings belong to us beside the reserved names. `.NAME.part` is an unfinished file, so an item's
 * hidden name may not end so. `NAME.xmp` is the sidecar of `NAME`, so no item ends in `.xmp`: `a.jpg.xmp` becomes `a.jpg.xmp_`.
 */

import { ALBUM_RECORD, layout, OURS, PAGE } from '../layout.ts'
import { LITTER } from '../litter.ts'

/** The longest name that a disk takes as a rule, in bytes of UTF-8. Encrypted folders take less: 143, for one. */
export const usualLongestName = 255

/**
 * The longest name of a file, in bytes of UTF-8: room is left for a sidecar's `.xmp`, and where the disk takes 255, for a mark besides.
 * macOS counts UTF-16 units of the decomposed spelling, so these must fit as well.
 */
const fileLimit = (longest: number): number => Math.min(240, longest - '.xmp'.length)

/** The longest name of a folder, in bytes: nothing is added to it. */
const folderLimit = (longest: number): number => Math.min(usualLongestName, longest)

/**
 * Returns a legal name for a file (without any folder): NFC, 1 to 240 bytes, never a separator, a control or invisible direction character,
 * a Windows device, a trailing dot or space, or one of our own endings (see: [Note: names of our own]). Idempotent. A name that is too long
 * is cut in the stem, between graphemes; the extension stays. When nothing legible is left the result is made of `fallback`, and of `_`
 * when nothing is left of that either. It is not unique: see `assignNames`.
 */
export const safeName = (name: string, fallback = '_'): string => {
  const tidy = (text: string) => settle(replaceIllegal(text).normalize('NFC'), fileLimit(usualLongestName))
  return tidy(name) || tidy(fallback) || '_'
}

/**
 * Returns an album's folder in the vault for its `UrlPath`: relative, with `/`, without one at either end, each segment legal, never
 * upwards. Legal segments stay exactly as SmugMug spells them (neither normalised nor percent-decoded); empty ones are left out. A segment
 * with one of our own names at its place (`reservedNames`) gets a `_` in front. An album without a path of its own (`/`) lies in a folder
 * called `fallback`: its items must not mix with our files at the top. No segment is longer than `longest` bytes. Not unique: see
 * `assignFolders`.
 */
export const safeFolder = (urlPath: string, fallback: string, longest = usualLongestName): string => {
  const segments = urlPath.split('/').filter((segment) => segment !== '')
  if (segments.length === 0) segments.push(fallback)
  return segments
    .map((segment, depth) => {
      const legal = safeSegment(segment, folderLimit(longest))
      return reservedNames(depth === 0).has(foldName(legal)) ? `_${legal}` : legal
    })
    .join('/')
}

const safeSegment = (segment: string, limit: number): string => {
  const legal = replaceIllegal(segment)
  const kept = settle(legal, limit)
  return (kept === segment ? kept : settle(legal.normalize('NFC'), limit)) || '_'
}

const reservedEverywhere = [ALBUM_RECORD, PAGE, ...LITTER]
const reservedAtTop = [layout.tree, layout.metadataCsv, layout.readme, layout.notFound, layout.twinFiles, OURS]

/**
 * Returns the names, folded (`foldName`), that no item and no album's folder may have in a folder; there are more of them at the top of the
 * vault.
 */
export const reservedNames = (folderIsRoot: boolean): ReadonlySet<string> => (folderIsRoot ? foldedAtTop : foldedEverywhere)

/**
 * Returns the key of a name or path: two with the same key may be one and the same on some disk. It ignores case (also `ß` and `SS`, all
 * three sigmas, `ı` and `İ`), Unicode normalisation (NFKC, as ZFS can be set) and invisible characters (as ext4 and HFS+ skip them). It is
 * coarser than any one disk: better that two different names share a key than that two spellings of one name do not. Never shown, never a
 * file's name.
 */
export const foldName = (name: string): string => {
  if (asciiOnly.test(name)) return name.toUpperCase()
  const plain = withoutTowers(name)
    .normalize('NFKD')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
  // Lower case first, for the few whose only relation is downwards (`ẞ`); upper case last, since lower case depends on context (`ς`).
  return plain.toLowerCase().toUpperCase().normalize('NFKD').replaceAll('I\u0307', 'I')
}

/**
 * Returns the text without towers of more than 256 accents on one letter, which no language has. Normalising sorts the accents of a letter
 * in a time that grows with the square of their number: minutes for a hostile name.
 */
export const withoutTowers = (text: string): string => (asciiOnly.test(text) ? text : text.replace(/(\p{M}{256})\p{M}+/gu, '$1'))

const asciiOnly = /^[ -~]*$/
const foldedEverywhere: ReadonlySet<string> = new Set(reservedEverywhere.map(foldName))
const foldedAtTop: ReadonlySet<string> = new Set([...reservedEverywhere, ...reservedAtTop].map(foldName))

/**
 * Puts a suffix at the end of a legal file name's stem: `IMG_1.jpg` and `-x7Kp2` give `IMG_1-x7Kp2.jpg`. The stem is cut so that the name stays
 * legal, and fits on a disk whose names have `longest` bytes. `suffix` is of letters, digits, `-` and `_`.
 */
export const suffixName = (name: string, suffix: string, longest = usualLongestName): string => {
  const [stem, extension] = splitExtension(name)
  return cut(stem, suffix + extension, fileLimit(longest))
}

/** Cuts a legal file name in its stem, so that it fits, with its sidecar, on a disk whose names have `longest` bytes. */
export const fitName = (name: string, longest: number): string => settle(name, fileLimit(longest)) || suffixName(name, '', longest)

/** Does every segment of a path fit on a disk whose names have `longest` bytes? */
export const fitsDisk = (path: string, longest: number): boolean => path.split('/').every((name) => fits(name, longest))

/** Does the same for a folder's name, which has no extension: `v1.2` and `-x7Kp2` give `v1.2-x7Kp2`. */
export const suffixFolder = (name: string, suffix: string, longest = usualLongestName): string => cut(name, suffix, folderLimit(longest))

const lineBreaks = /[\t-\r\u0085\u2028\u2029]+/gu

/** Controls, and what is invisible and may reverse or hide what is read. Joiners stay: Persian, Hindi and family emoji are written with them. */
const unseen = /[\p{Cc}\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/gu

/** Windows' forbidden characters, separators among them; halves of surrogate pairs; code points that are no characters. */
const forbidden = /[<>:"/\\|?*\p{Surrogate}\p{Noncharacter_Code_Point}]/gu

const replaceIllegal = (name: string): string => withoutTowers(name).replace(lineBreaks, ' ').replace(unseen, '').replace(forbidden, '_')

/**
 * Repeats the rules until nothing changes: a cut may uncover a trailing dot, a mark put in front may need a cut. Empty when nothing legible
 * is left.
 */
const settle = (name: string, limit: number): string => {
  let settled = name
  for (;;) {
    const bare = trimEnds(settled)
    const folded = foldName(bare)
    const front = device.test(folded) || (folded.startsWith('.') && folded.endsWith('.PART')) ? '_' : ''
    const [stem, ending] = folded.endsWith('.XMP') ? [bare, '_'] : splitExtension(bare)
    const next = cut(front + stem, ending, limit)
    if (next === settled) return settled
    settled = next
  }
}

const legible = /[^\p{Default_Ignorable_Code_Point}\p{Separator}.]/u

const edge = /[\p{Separator}\p{Join_Control}]/u

/**
 * Removes white space around a name and dots behind it; empty when nothing is left that can be seen. By hand, because a pattern bound to
 * the end takes quadratic time.
 */
const trimEnds = (name: string): string => {
  if (!legible.test(name)) return ''
  let start = 0
  while (edge.test(name.charAt(start))) start++
  let end = name.length
  while (name.endsWith('.', end) || edge.test(name.charAt(end - 1))) end--
  return name.slice(start, end)
}

/**
 * The name of a Windows device: Windows reads only the part before the first dot, and takes superscript digits for digits, as folding does.
 */
const device = /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)\d) *(?:\.|$)/

/** Splits a name before its last dot, where the rest looks like a type of file and not like the end of a sentence. */
const splitExtension = (name: string): readonly [stem: string, extension: string] => {
  const extension = /[^.](\.[A-Za-z0-9]{1,10})$/.exec(name)?.[1] ?? ''
  return [name.slice(0, name.length - extension.length), extension]
}

const fits = (name: string, limit: number): boolean => Buffer.byteLength(name) <= limit && name.normalize('NFD').length <= limit

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Returns as much of the stem as fits, and the ending. */
const cut = (stem: string, ending: string, limit: number): string => {
  if (fits(stem + ending, limit)) return stem + ending
  let kept = ''
  for (const { segment } of graphemes.segment(stem)) {
    if (!fits(kept + segment + ending, limit)) break
    kept += segment
  }
  if (kept !== '') return kept + ending
  // One letter under a tower of marks, longer than any name may be.
  for (const point of stem) {
    if (!fits(kept + point + ending, limit)) break
    kept += point
  }
  return kept + ending
}

/** Does this relative path stay below the folder that it is joined to? A path that was read from a file may not. */
export const isSafePath = (path: string): boolean =>
  !path.includes('\0') && !path.includes('\\') && path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')

/** Returns a key of SmugMug for a name. Keys are letters and digits; a hostile one must not bring in characters that `safeName` keeps out. */
export const plainKey = (key: string): string => key.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 40)
