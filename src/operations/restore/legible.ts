import type { Problem } from '../../events.ts'
import { RecordError } from '../../vault/record/read-json.ts'
import { StorageError } from '../../vault/storage/storage.ts'
import type { RestoreJob } from './job.ts'
import { isAnyWider, laterParts } from './parts.ts'
import { type PlannedNode, WIDER } from './plan.ts'
import type { Source } from './source.ts'

/** The plan of a restore without the albums that the vault cannot say anything about. */
export interface Legible {
  readonly planned: readonly PlannedNode[]
  /** The albums that do not go back, and the loss of the tree: each ends the restore with 3. */
  readonly troubles: readonly Problem[]
}

/**
 * Bars every album whose record cannot be read, or whose further albums more people see than before: nothing is made for it, and nothing goes
 * into it. If only some albums were chosen, a folder that leads to barred ones alone is left out.
 */
export async function legible(job: RestoreJob, planned: readonly PlannedNode[], { treeLoss }: Source): Promise<Legible> {
  const all: PlannedNode[] = []
  for (const node of planned) {
    job.signal.throwIfAborted()
    const barred = node.barred ?? (await trouble(job, node))
    all.push(barred === undefined ? node : { ...node, barred })
  }
  const needed = new Set<PlannedNode>()
  for (const node of all) {
    if (node.barred !== undefined) continue
    if (node.source.type === 'Folder' && job.isChosen !== undefined) continue
    for (let each: PlannedNode | undefined = node; each !== undefined; each = each.parent) needed.add(each)
  }
  const troubles = all.flatMap(({ barred, source }): Problem[] =>
    barred === undefined ? [] : [{ kind: 'failed', album: source.urlPath, reason: barred }],
  )
  return {
    planned: all.filter((node) => node.barred !== undefined || needed.has(node)),
    troubles: [...(treeLoss === undefined ? [] : [treeLoss]), ...troubles],
  }
}

/** The reason why nothing goes into an album: see `weakerGuards`. */
const WEAKER = 'it is open at SmugMug, where its photos are guarded less than before'

/** Bars the albums that `weaker` names, with the settings that guard them less. */
export function withoutWeaker({ planned, troubles }: Legible, weaker: ReadonlyMap<PlannedNode, readonly string[]>): Legible {
  return {
    planned: planned.map((node) => (weaker.has(node) ? { ...node, barred: WEAKER } : node)),
    troubles: [
      ...troubles,
      ...planned.flatMap((node): Problem[] => {
        const detail = weaker.get(node)?.join(', ')
        return detail === undefined ? [] : [{ kind: 'failed', album: node.source.urlPath, reason: WEAKER, detail }]
      }),
    ],
  }
}

/** Returns the reason why an album cannot go back, if there is one. */
async function trouble(job: RestoreJob, node: PlannedNode): Promise<string | undefined> {
  const { records } = job
  const { album } = node.source
  if (album === undefined) return undefined
  try {
    if ((await records.album(album)) === undefined) return records.unreadable
    return isAnyWider(await laterParts(job, node.source), node) ? WIDER : undefined
  } catch (error) {
    if (error instanceof RecordError || error instanceof StorageError) return records.unreadable
    throw error
  }
}
