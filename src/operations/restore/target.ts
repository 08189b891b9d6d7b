import { ConfigurationError, RequestError, ServiceError } from '../../errors.ts'
import type { Album, Item, JsonObject } from '../../model.ts'
import type { Account, TreeNode } from '../../smugmug/account.ts'
import type { AccountWriter } from '../../smugmug/account-writer.ts'
import type { RestoreBounds, RestoreJob } from './job.ts'

/** A folder or album of the account that the photos go to. */
export interface TargetNode {
  readonly nodeId: string
  readonly type: string
  readonly urlPath: string
  readonly albumKey?: string
  readonly raw: JsonObject
}

/** The folders and albums that the account has. */
export interface Target {
  readonly nickName: string
  /** The folder that everything goes into, and its depth: 0 for the top. */
  readonly base: TargetNode
  readonly depth: number
  readonly byId: ReadonlyMap<string, TargetNode>
  /** By path, in small letters: SmugMug's paths are case-blind. */
  readonly byPath: ReadonlyMap<string, TargetNode>
  /** The albums below the base. */
  readonly albums: readonly Album[]
}

/** Reads the folders and albums of the account. Throws `ConfigurationError` when there is no folder `--into`. */
export async function readTarget(job: RestoreJob): Promise<Target> {
  const { account, into, signal } = job
  const owner = await account.owner(signal)
  const nodes = await settled(job, () => account.tree(signal))
  const albums = await settled(job, () => account.albums(signal))
  const all = nodes.map(nodeOf)
  const [root] = all
  if (root === undefined) throw new Error('An account has a top')
  const byPath = new Map(all.map((node) => [node.urlPath.toLowerCase(), node]))
  const path = into ?? '/'
  const base = path === '/' ? root : byPath.get(path.toLowerCase())
  if (base === undefined || (base !== root && base.type !== 'Folder')) {
    throw new ConfigurationError(`The account of ${owner.nickName} has no folder ${path}.`, {
      hint: 'Make it at SmugMug, or give --into the path of a folder that is there, such as /Old/2019.',
    })
  }
  const below = path === '/' ? '/' : `${path.toLowerCase()}/`
  return {
    nickName: owner.nickName,
    base,
    depth: path === '/' ? 0 : path.split('/').length - 1,
    byId: new Map(all.map((node) => [node.nodeId, node])),
    byPath,
    albums: albums.filter(({ urlPath }) => urlPath.toLowerCase().startsWith(below)),
  }
}

/** Reads a list of the whole account. Right after a change it may disagree with SmugMug's counts, which is no reason to give up at once. */
async function settled<T>({ clock, bounds, signal }: RestoreJob, read: () => Promise<T>): Promise<T> {
  const began = clock.monotonic()
  for (const wait of bounds.waits) {
    try {
      return await read()
    } catch (error) {
      // A SmugMug that is away has been asked for a minute already.
      if (!(error instanceof ServiceError) || clock.monotonic() - began > patienceOf(bounds)) throw error
      await clock.sleep(wait, signal)
    }
  }
  return await read()
}

/** Adds the nodes that restores made lately: SmugMug's lists may lag behind, but it knows each by its id. */
export async function withOwn({ journal, writer, signal }: RestoreJob, target: Target, ids: readonly string[]): Promise<Target> {
  const byId = new Map(target.byId)
  for (const id of ids) {
    const { nodeId, albumKey } = journal.node(id) ?? {}
    if (nodeId === undefined || byId.has(nodeId)) continue
    const raw = await writer.read({ kind: 'node', nodeId }, signal)
    if (raw === undefined) continue
    const [type, urlPath] = [String(raw.Type ?? ''), String(raw.UrlPath ?? '')]
    byId.set(nodeId, { nodeId, type, urlPath, raw, ...(albumKey !== undefined && { albumKey }) })
  }
  return { ...target, byId }
}

function nodeOf({ nodeId, type, albumKey, parentId, raw }: TreeNode): TargetNode {
  const fields = raw()
  const urlPath = typeof fields.UrlPath === 'string' ? fields.UrlPath : parentId === undefined ? '/' : ''
  return { nodeId, type, urlPath, raw: fields, ...(albumKey !== undefined && { albumKey }) }
}

/** An album at SmugMug with its items, as counted and as listed. */
export interface Listed {
  readonly items: readonly Item[]
  /** SmugMug's own count, which is right at once where lists lag behind (fact sheet 2.3). */
  readonly count: number
  /** True when the list has as many items as are counted. */
  readonly agrees: boolean
}

/** Lists an album, with its count read just before. Throws `RequestError` when it is gone. */
export async function listTarget(
  { account, writer }: { readonly account: Account; readonly writer: AccountWriter },
  albumKey: string,
  signal?: AbortSignal,
): Promise<Listed> {
  const raw = await writer.read({ kind: 'album', albumKey }, signal)
  if (raw === undefined) throw new RequestError(`the album ${albumKey} is gone from SmugMug`, { transient: false, status: 404 })
  const counted = Number(raw.ImageCount ?? 0)
  const album: Album = {
    key: albumKey,
    name: String(raw.Name ?? ''),
    urlPath: String(raw.UrlPath ?? ''),
    imageCount: counted,
    raw: () => raw,
  }
  const { items, imageCount } = await account.items(album, signal)
  const count = Math.max(counted, imageCount ?? 0)
  return { items, count, agrees: items.length === count }
}

/** Lists an album until count and list agree, or the waits are over. */
export async function listSettled(job: RestoreJob, albumKey: string): Promise<Listed> {
  for (const wait of [...job.bounds.waits, undefined]) {
    const listed = await listTarget(job, albumKey, job.signal)
    if (listed.agrees || wait === undefined) return listed
    await job.clock.sleep(wait, job.signal)
  }
  throw new Error('The last wait is the end')
}

/** Waits until all that was sent at this time must show, if it arrived. Returns whether that had to be waited for. */
export async function patiently(
  { bounds, clock, signal }: Pick<RestoreJob, 'bounds' | 'clock' | 'signal'>,
  sentAt: number,
): Promise<boolean> {
  const patience = patienceOf(bounds)
  // A clock that was set back must not make it wait for days.
  const wait = Math.min(patience, sentAt + patience - clock.now())
  if (wait <= 0) return false
  await clock.sleep(wait, signal)
  return true
}

/** Returns the time in milliseconds after which SmugMug shows all that arrived. */
const patienceOf = ({ waits }: RestoreBounds): number => waits.reduce((sum, wait) => sum + wait, 0)
