import * as v from 'valibot'
import { ServiceError } from '../errors.ts'
import { layout } from '../vault/layout.ts'
import { parseJson, RecordError, readText } from '../vault/record/read-json.ts'
import { StorageError } from '../vault/storage/storage.ts'
import type { ListJob } from './list.ts'
import type { AlbumLine } from './outcome.ts'

/** The most folders that SmugMug is asked about: each costs a call. */
const MOST_ASKED = 100

interface Named {
  readonly urlPath?: string | undefined
  readonly name?: string | undefined
  readonly children?: readonly Named[] | undefined
}

const NODE: v.GenericSchema<unknown, Named> = v.object({
  urlPath: v.optional(v.string()),
  name: v.optional(v.string()),
  children: v.optional(v.array(v.lazy(() => NODE))),
})

const TREE = v.object({ root: NODE })

/**
 * Returns the titles of the folders above these albums, by path: from the vault's `tree.json`, else from SmugMug, if they are few. Titles
 * that cannot be read are left out.
 */
export async function folderNames(job: ListJob, albums: readonly AlbumLine[]): Promise<Readonly<Record<string, string>>> {
  const wanted = new Set(albums.flatMap(({ path }) => [...path.matchAll(/(?<=[^/])\//g)].map(({ index }) => path.slice(0, index))))
  if (wanted.size === 0) return {}
  const known = (await fromRecord(job)) ?? (wanted.size > MOST_ASKED ? [] : await fromAccount(job))
  return Object.fromEntries(
    known.filter(([path, name]) => wanted.has(path) && name !== '' && name !== path.slice(path.lastIndexOf('/') + 1)),
  )
}

type Pairs = readonly (readonly [path: string, name: string])[]

async function fromRecord({ storage }: ListJob): Promise<Pairs | undefined> {
  try {
    if (storage === undefined || (await storage.stat(layout.tree)) === undefined) return undefined
    const pairs: [string, string][] = []
    const waiting: Named[] = [parseJson(await readText(storage.read(layout.tree)), TREE).root]
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (node.urlPath !== undefined && node.name !== undefined) pairs.push([node.urlPath, node.name])
      waiting.push(...(node.children ?? []))
    }
    return pairs
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof StorageError)) throw error
    return undefined
  }
}

async function fromAccount({ account, signal }: ListJob): Promise<Pairs> {
  try {
    return (await account.tree(signal)).flatMap((node) => {
      const { UrlPath: path, Name: name } = node.raw()
      return typeof path === 'string' && typeof name === 'string' ? [[path, name] as const] : []
    })
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return []
  }
}
