/**
 * Gives names to items and folders to albums. Names differ on every disk, and change only when the facts they are made of change.
 * Pure: takes the known names, returns the names from now on.
 */

import { atOnce, inSteps } from '../../flow/breathe.ts'
import { fitName, fitsDisk, foldName, plainKey, safeFolder, suffixFolder, suffixName, usualLongestName } from './safe-path.ts'

/** Returns whether this folded name (`foldName`) is in use already. */
export type Taken = (folded: string) => boolean

/** An item that needs a name. */
export interface NameRequest {
  readonly imageKey: string
  /** The name it should have; legal already, as `wantedName` returns it. */
  readonly wanted: string
  /** The rank among items that want one name, such as the upload date: the first in text order wins, then the lowest image key. */
  readonly order: string
}

/** The name an item has had, and the name it wanted at that time. */
export interface KnownName {
  readonly name: string
  readonly wanted: string
}

/** The folder an album has had, and its `UrlPath` at that time. */
export interface KnownFolder {
  readonly folder: string
  readonly urlPath: string
}

/**
 * Returns the wanted name if it is free, else `stem-IMAGEKEY.ext`, else `stem-IMAGEKEY-2.ext` and so on (image keys may differ in case only).
 * `wanted` is a legal name (`safeName`), and so is the result. It is cut where the disk takes `longest` bytes only.
 */
export const uniqueName = (question: {
  readonly wanted: string
  readonly imageKey: string
  readonly taken: Taken
  readonly longest?: number
}): string => {
  const { wanted, imageKey, taken, longest = usualLongestName } = question
  return firstFree(fitName(wanted, longest), imageKey, (name, suffix) => suffixName(name, suffix, longest), taken)
}

/**
 * Returns a name for every item of one folder, by image key. All names differ on every disk (`foldName`), and none is `taken`: the folded
 * names that no item may have, such as `reservedNames`, folders inside, and files kept of items that vanished.
 *
 * An item keeps its known name as long as it wants the same name, that name is not taken, and it fits the disk (`longest` bytes). All other
 * known names are free, so two items may swap names. The result does not depend on the order of `items`, and is the same when asked again.
 * The caller renames on the disk, and must be ready for a swap: A takes B's name while B takes A's.
 */
export const assignNames = (question: {
  readonly items: readonly NameRequest[]
  readonly known: ReadonlyMap<string, KnownName>
  readonly taken: ReadonlySet<string>
  readonly longest?: number
}): Map<string, string> => {
  const { longest = usualLongestName } = question
  const steps = assign({
    requests: question.items.toSorted((a, b) => inTextOrder(a.order, b.order) || inTextOrder(a.imageKey, b.imageKey)),
    key: (item) => item.imageKey,
    standing: (item) => {
      const known = question.known.get(item.imageKey)
      return known?.wanted === item.wanted && fitsDisk(known.name, longest) ? known.name : undefined
    },
    find: (item, taken) => uniqueName({ wanted: item.wanted, imageKey: item.imageKey, taken, longest }),
    taken: (folded) => question.taken.has(folded),
  })
  return atOnce(steps)
}

/**
 * Returns a folder for every album, by album key: `safeFolder` of its `UrlPath`, with `-ALBUMKEY` after the last segment if an album before it in
 * the order of keys has that folder, or one that equals it on some disk. Parents that differ in case only stay: they merge harmlessly.
 * An album keeps its known folder as long as its `UrlPath` is the same and the folder fits the disk (names of `longest` bytes).
 * `taken` says which folded paths no album may have. Others have their turn between two albums.
 */
export const assignFolders = (
  albums: readonly { readonly key: string; readonly urlPath: string }[],
  known: ReadonlyMap<string, KnownFolder>,
  options: { readonly taken?: Taken; readonly longest?: number } = {},
): Promise<Map<string, string>> => {
  const { taken = () => false, longest = usualLongestName } = options
  const steps = assign({
    requests: albums.toSorted((a, b) => inTextOrder(a.key, b.key)),
    key: (album) => album.key,
    standing: (album) => {
      const before = known.get(album.key)
      return before?.urlPath === album.urlPath && fitsDisk(before.folder, longest) ? before.folder : undefined
    },
    find: (album, isTaken) => {
      const folder = safeFolder(album.urlPath, album.key, longest)
      const slash = folder.lastIndexOf('/') + 1
      const addSuffix = (path: string, suffix: string) => path.slice(0, slash) + suffixFolder(path.slice(slash), suffix, longest)
      return firstFree(folder, album.key, addSuffix, isTaken)
    },
    taken,
  })
  return inSteps(steps)
}

/** Gives names first to requests that keep a known name, then to the others, each in the given order. A step is one request. */
function* assign<Request>(question: {
  readonly requests: readonly Request[]
  readonly key: (request: Request) => string
  readonly standing: (request: Request) => string | undefined
  readonly find: (request: Request, taken: Taken) => string
  readonly taken: Taken
}): Generator<undefined, Map<string, string>> {
  const names = new Map<string, string>()
  const used = new Set<string>()
  const taken: Taken = (folded) => used.has(folded) || question.taken(folded)
  const give = (request: Request, name: string) => {
    names.set(question.key(request), name)
    used.add(foldName(name))
  }
  for (const request of question.requests) {
    const name = question.standing(request)
    if (name !== undefined && !taken(foldName(name)) && !names.has(question.key(request))) give(request, name)
    yield
  }
  for (const request of question.requests) {
    if (!names.has(question.key(request))) give(request, question.find(request, taken))
    yield
  }
  return names
}

const firstFree = (wanted: string, key: string, addSuffix: (name: string, suffix: string) => string, taken: Taken): string => {
  if (!taken(foldName(wanted))) return wanted
  const suffix = `-${plainKey(key)}`
  for (let count = 1; ; count++) {
    const name = addSuffix(wanted, count === 1 ? suffix : `${suffix}-${count}`)
    if (!taken(foldName(name))) return name
  }
}

const inTextOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
