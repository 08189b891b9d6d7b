import type { Problem } from '../../events.ts'
import { formatCount, formatNumber } from '../../events.ts'
import { kindOfName } from '../../progress/kind-of-name.ts'
import { displayWidth, shortPath } from './width.ts'

/** The problems of one reason in one album. */
interface Cluster {
  /** The album's path, as SmugMug spells it; empty for a problem of no album. */
  readonly album: string
  readonly reason: string
  readonly problems: Problem[]
}

/** Returns the kind under which a problem is shown: the trouble of one file, in an album or of the vault itself, is none of a whole album. */
export const shownKind = ({ kind, name }: Problem): Problem['kind'] => (kind === 'album' && name !== undefined ? 'failed' : kind)

/** The album or folder of a problem, and the name of its item. */
export interface Place {
  readonly album: string
  readonly name: string | undefined
}

/** Returns the place of a problem. A name that is a path, as a verification reports it, is taken apart. */
export const placeOf = ({ album, name, imageKey }: Problem): Place => {
  const item = name ?? imageKey
  if (item === undefined) return { album: album ?? '', name: undefined }
  const cut = item.lastIndexOf('/')
  if (album !== undefined) return { album: album.replace(/\/$/, ''), name: item.slice(cut + 1) }
  return { album: cut < 0 ? '' : item.slice(0, cut), name: item.slice(cut + 1) }
}

const joined = (album: string, name: string): string => (album === '' ? name : `${album}/${name}`)

/** Returns `album/name`, as much of it as is known. */
export const placeText = (problem: Problem): string => {
  const { album, name } = placeOf(problem)
  return name === undefined ? album : joined(album, name)
}

/** Returns `place: reason`, or the reason alone; `verbose` adds the detail. */
export const problemText = (problem: Problem, verbose = false): string => {
  const place = placeText(problem)
  const detail = verbose && problem.detail !== undefined ? ` (${problem.detail})` : ''
  return `${place === '' ? '' : `${place}: `}${problem.reason}${detail}`
}

/** The kinds that are summed up in one line when the last run reported the same: they are SmugMug's, and no run changes them. */
const LASTING: ReadonlySet<Problem['kind']> = new Set(['impossible', 'pending', 'notice'])

/** Is it trouble on SmugMug's side that the last run reported as well? */
export const isOld = ({ kind, asBefore }: Problem): boolean => asBefore === true && LASTING.has(kind)

/** Returns a count of items by their kind: `8 photos`, `3 videos`, `2 photos and videos`. */
export const countOf = (problems: readonly Problem[]): string => {
  const kinds = new Set(problems.map((problem) => kindOfName(placeOf(problem).name)))
  const kind = kinds.size === 1 ? [...kinds][0] : undefined
  if (kind !== undefined) return formatCount(problems.length, kind)
  return `${formatNumber(problems.length)} ${kinds.has('file') || kinds.has('item') ? 'files' : 'photos and videos'}`
}

/** Returns the name of a photo or video without its extension, which the count says already; another file keeps it. */
const bareName = (name: string): string => {
  const kind = kindOfName(name)
  return kind === 'photo' || kind === 'video' ? name.replace(/\.[A-Za-z0-9]{1,4}$/, '') : name
}

const BY_NUMBER = new Intl.Collator('en', { numeric: true })

/** Returns the names of items: each of three, else the first and the last. */
const namesText = (names: readonly string[]): string => {
  const sorted = names.map(bareName).toSorted(BY_NUMBER.compare)
  return sorted.length <= 3 ? sorted.join(', ') : `${sorted[0]} … ${sorted.at(-1)}`
}

/** Does a reason begin a sentence of its own, rather than go on after the items? */
const isSentence = (reason: string): boolean => /^(SmugMug|its?|they|their|the|this|these|an?|another|nothing|\d)\b/.test(reason)

const VERBS: Readonly<Record<string, string>> = {
  ...{ is: 'are', was: 'were', has: 'have', does: 'do', goes: 'go', comes: 'come' },
  ...{ stays: 'stay', lists: 'list', belongs: 'belong', lies: 'lie', differs: 'differ' },
}
const VERB = Object.keys(VERBS).join('|')

/** The verbs that are the same for one and for several. */
const MODAL = 'can|cannot|could|did|may|must|should|will|would'

/** The nouns that do not get an s alone. */
const NOUNS: Readonly<Record<string, string>> = { address: 'addresses', privacy: 'privacy' }

/** An `it` that begins what is said of it, unlike the one of "nothing of it is adopted". */
const IT_VERB = new RegExp(`(?<!\\bof )\\bit (?=(?:${VERB}|${MODAL})\\b)`, 'g')

const ITS_NOUN = /\bits ((?:old |own )?)([a-z]+)\b/g
const THEIR_VERB = new RegExp(`\\b(their (?:old |own )?[a-z]+(?: at SmugMug)?|all of them|they) (${VERB})\\b`, 'g')

/** Returns the reason of one item in the words for several: `its file is kept` becomes `their files are kept`. */
export const inPlural = (reason: string): string =>
  reason
    .replaceAll(ITS_NOUN, (_all, kind: string, noun: string) => `their ${kind}${NOUNS[noun] ?? `${noun.replace(/s$/, '')}s`}`)
    .replaceAll(IT_VERB, 'they ')
    .replaceAll(/\bit\b/g, 'them')
    .replaceAll(/\bthis file of the twin is\b/g, 'these files of the twin are')
    .replaceAll(THEIR_VERB, (_all, subject: string, verb: string) => `${subject} ${VERBS[verb]}`)
    .replaceAll(
      /\bare (a [a-z, ]+), (?:(where) a file should be|not a file)\b/g,
      (_all, what: string, where?: string) =>
        `are ${what.replaceAll(/\ba ((?:symbolic )?[a-z]+)/g, '$1s')}, ${where === undefined ? 'not files' : 'where files should be'}`,
    )
    .replaceAll('are another one than before', 'are others than before')

/** Returns the items and their reason: `8 photos smaller than your original`. */
const countedReason = (problems: readonly Problem[], reason: string): string => {
  const text = problems.length === 1 ? reason : inPlural(reason)
  return `${countOf(problems)}${isSentence(text) ? ': ' : ' '}${text}`
}

/** Clusters of problems, in the order of their first one. */
export const clustersOf = (problems: Iterable<Problem>): readonly Cluster[] => {
  const clusters = new Map<string, Cluster>()
  for (const problem of problems) {
    const { album, name } = placeOf(problem)
    // An album as a whole stands by itself.
    const key = JSON.stringify([name === undefined ? 'album' : 'item', album, problem.reason])
    const known = clusters.get(key)
    if (known === undefined) clusters.set(key, { album, reason: problem.reason, problems: [problem] })
    else known.problems.push(problem)
  }
  return [...clusters.values()]
}

/** The widest that an album's path may be in a line. */
const roomForPath = (columns: number | undefined): number | undefined => (columns === undefined ? undefined : Math.floor(columns / 2))

/** Returns the line of one cluster. */
const clusterText = ({ album, reason, problems }: Cluster, columns: number | undefined): string => {
  const [only] = problems
  const path = shortPath(album, roomForPath(columns))
  const names = problems.flatMap((problem) => placeOf(problem).name ?? [])
  if (only !== undefined && problems.length === 1)
    return [names[0] === undefined ? path : joined(path, names[0]), reason].filter(Boolean).join(': ')
  const all = problems.every(({ wholeAlbum }) => wholeAlbum === true) ? 'all ' : ''
  if (names.length === 0) return `${path === '' ? '' : `${path}: `}${reason}`
  return `${path === '' ? '' : `${path}: `}${all}${countedReason(problems, reason)} (${namesText(names)})`
}

/** Albums named for one reason; the report has the others. */
const MOST_ALBUMS = 8

/** The lines of some problems, and the number of problems that no line stands for. */
export interface Grouped {
  readonly lines: readonly string[]
  readonly unlisted: number
}

/** Returns a line for each reason and album, at most `room` of them and a few of each reason. */
export const groupedLines = (
  problems: readonly Problem[],
  { columns, room }: { readonly columns: number | undefined; readonly room: number },
): Grouped => {
  const lines: string[] = []
  const ofReason = new Map<string, number>()
  let unlisted = 0
  for (const cluster of clustersOf(problems)) {
    const before = ofReason.get(cluster.reason) ?? 0
    ofReason.set(cluster.reason, before + 1)
    if (lines.length < room && before < MOST_ALBUMS) lines.push(clusterText(cluster, columns))
    else unlisted += cluster.problems.length
  }
  return { lines, unlisted }
}

const inAlbums = (problems: readonly Problem[]): string => {
  const albums = new Set(problems.map((problem) => placeOf(problem).album).filter((album) => album !== ''))
  return albums.size === 0 ? '' : ` in ${formatCount(albums.size, 'album')}`
}

/**
 * Returns the trouble that the last run had as well, in one line: `As before: 20 photos smaller than your original in 1 album (…).` If the
 * reasons do not fit into it, only their number.
 */
export const asBeforeText = (
  problems: readonly Problem[],
  { columns, elsewhere }: { readonly columns: number | undefined; readonly elsewhere: string },
): string => {
  const line = (text: string): string => `As before: ${text} (${elsewhere}).`
  const reasons = [...Map.groupBy(problems, ({ reason }) => reason)].map(
    ([reason, group]) =>
      `${group.some((problem) => placeOf(problem).name !== undefined) ? countedReason(group, reason) : reason}${inAlbums(group)}`,
  )
  const whole = line(reasons.join(', '))
  if (columns === undefined || displayWidth(whole) <= columns) return whole
  const nameless = problems.filter((problem) => placeOf(problem).name === undefined).length
  const count = nameless === 0 ? countOf(problems) : formatCount(problems.length, nameless < problems.length ? 'exception' : 'notice')
  return line(`${count}${inAlbums(problems)}`)
}
