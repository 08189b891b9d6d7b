/** Kinds of files by their names: browsers show few of them, and a person must be able to see why and where the photo is. */

/** Formats that every browser shows. */
const SHOWN = /\.(jpe?g|png|gif|webp|avif|svg|bmp)$/i

/** Films that no browser plays. Others are tried: it depends on the browser. */
const UNPLAYED = /\.(avi|wmv|asf|mpe?g|mts|m2ts|vob|flv|3gp|3g2|dv|mxf|rm)$/i

const KINDS: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/\.(heic|heif|hif)$/i, 'HEIC photos, the format of iPhones'],
  [/\.tiff?$/i, 'TIFF pictures, the format of scanners'],
  [
    /\.(dng|cr[23w]|crw|nef|nrw|arw|srf|sr2|raf|orf|rw2|rwl|pef|ptx|srw|x3f|3fr|fff|iiq|mrw|erf|kdc|dcr|mef|mos|raw|gpr)$/i,
    'raw files of cameras',
  ],
  [/\.ps[db]$/i, 'Photoshop files'],
]

/** Returns the ending of a file's name in capitals: `HEIC`; empty if it has none. */
export const endingOf = (name: string): string => /\.([A-Za-z0-9]{1,5})$/.exec(name)?.[1]?.toUpperCase() ?? ''

/** Says what the tile of an item without a picture stands for. An item with neither file nor reason, as in a public twin, has a picture that is not for everybody. */
export function tileWords({
  name,
  isVideo,
  isHeld,
  note,
}: {
  readonly name: string
  readonly isVideo: boolean
  readonly isHeld: boolean
  readonly note?: string | undefined
}): string {
  const kind = `${endingOf(name)} ${isVideo ? 'video' : 'photo'}`.trim()
  if (isHeld) return kind
  return note === undefined ? `${kind}, not shown here` : 'not in this backup'
}

/** Can browsers show the file with this name? Of a film this means: it is worth trying. */
export const isShowable = (name: string, isVideo: boolean): boolean => (isVideo ? !UNPLAYED.test(name) : SHOWN.test(name))

/** The words for a file that a browser should show, and does not. */
export const UNSHOWN = 'This browser cannot show the file. The original is here: another program may show it.'

/** Returns the reason why a browser does not show a file, and the way to it, as people read it. */
export function hiddenReason(name: string, isVideo: boolean): string {
  const ending = endingOf(name)
  if (isVideo)
    return `Browsers cannot play ${ending === '' ? 'this video' : `${ending} videos`}. The original is here: another program plays it.`
  const kind = KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? (ending === '' ? 'this file' : `${ending} files`)
  return `Browsers cannot show ${kind}. The original is here: another program shows it.`
}
