import { ConfigurationError } from '../../errors.ts'
import type { JsonObject } from '../../model.ts'
import type { RestoreJournal } from '../../vault/catalogue/restore-journal.ts'
import type { RestoreBounds } from './job.ts'
import { type Above, openingOf, rankAfter, rankAt, rankBefore, rankFrom } from './privacy.ts'
import type { Source, SourceNode } from './source.ts'
import type { Target, TargetNode } from './target.ts'

/** A folder or album of the vault, and its place at SmugMug. */
export interface PlannedNode {
  readonly source: SourceNode
  /** Absent below the base. */
  readonly parent?: PlannedNode
  /** The node at SmugMug, which stands there already; absent: it is to be made. */
  readonly present?: TargetNode
  /** Did a restore make it? Only such a node is ever changed. */
  readonly isOurs: boolean
  /** The least protection that it will have after the restore, as SmugMug's tree lets foresee it. */
  readonly rank: number
  /** The reason why nothing may go into it. */
  readonly barred?: string
}

type Journal = Pick<RestoreJournal, 'node' | 'madeAs'>

/**
 * Finds the place of each folder and album at SmugMug: by the journal, by SmugMug's own key, then by the path. Pure. Throws
 * `ConfigurationError` when folders would be nested deeper than SmugMug allows.
 */
export function planNodes(
  { nodes, ids }: Pick<Source, 'nodes' | 'ids'>,
  target: Target,
  { journal, bounds, into }: { readonly journal: Journal; readonly bounds: RestoreBounds; readonly into: string | undefined },
): readonly PlannedNode[] {
  const planned = new Map<SourceNode, PlannedNode>()
  const taken = new Set<string>()
  for (const source of nodes) {
    const parent = source.parent === undefined ? undefined : planned.get(source.parent)
    const found = findPlace(source, { parent, target, journal, into, taken, ids })
    if (found !== undefined) taken.add(found.node.nodeId)
    const { isOurs = true, node: present } = found ?? {}
    const above = parent === undefined ? { rank: rankAt(target.base.raw), urlPath: target.base.urlPath } : aboveIn(parent)
    const rank = rankAfter(
      { ...(isOurs && { opening: openingOf(source.raw) }), ...(present !== undefined && { present: present.raw }) },
      rankFrom(above, present?.raw),
    )
    const isBarred = source.type === 'Album' && present !== undefined && isWider({ source, isOurs, rank }, present.raw)
    const barred = parent?.barred ?? (isBarred ? WIDER : undefined)
    planned.set(source, {
      ...{ source, isOurs, rank },
      ...(parent !== undefined && { parent }),
      ...(found !== undefined && { present: found.node }),
      ...(barred !== undefined && { barred }),
    })
    if (source.type === 'Folder') refuseDeep(source, target.depth + depthOf(source), bounds)
  }
  return [...planned.values()]
}

/** Returns the name in the journal of a further album, numbered from 2, of one that is too large. */
export const partName = (id: string, at: number): string => `${id} (${at})`

/** Returns the name in the journal of the album that a further one belongs to; any other name as it is. */
export const firstOf = (name: string): string => name.replace(/ \(\d+\)$/, '')

interface Place {
  readonly node: TargetNode
  readonly isOurs: boolean
}

function findPlace(
  source: SourceNode,
  context: {
    readonly parent: PlannedNode | undefined
    readonly target: Target
    readonly journal: Journal
    readonly into: string | undefined
    readonly taken: ReadonlySet<string>
    readonly ids: ReadonlySet<string>
  },
): Place | undefined {
  const { parent, target, journal, into, taken, ids } = context
  const entry = journal.node(source.id)
  const ours = target.byId.get(entry?.nodeId ?? '')
  if (ours !== undefined) return { node: ours, isOurs: true }
  // It may be there or on its way: nothing of this name was there when it was asked for, and the making of it looks.
  if (entry?.state === 'intended') return undefined
  const same = into === undefined ? target.byId.get(source.id) : undefined
  if (same !== undefined && same.type === source.type) return { node: same, isOurs: false }
  // Nothing can be there yet below a folder that is to be made.
  if (parent !== undefined && parent.present === undefined) return undefined
  const above = parent?.present?.urlPath ?? target.base.urlPath
  const path = `${above === '/' ? '' : above}/${source.urlPath.split('/').at(-1) ?? ''}`
  const there = target.byPath.get(path.toLowerCase())
  if (there === undefined || there.type !== source.type || taken.has(there.nodeId)) return undefined
  // Another folder or album of the vault may have that path by now: it was renamed or moved.
  const isOther = (there.nodeId !== source.id && ids.has(there.nodeId)) || ids.has(firstOf(journal.madeAs(there.nodeId)?.source ?? ''))
  return isOther ? undefined : { node: there, isOurs: false }
}

const aboveIn = ({ rank, present }: PlannedNode): Above => ({ rank, ...(present !== undefined && { urlPath: present.urlPath }) })

/** The reason why nothing goes into an album: see `isWider`. */
export const WIDER = 'it stands at SmugMug, where more people can see it than could before'

/**
 * Do more people see an album, which `raw` is SmugMug's answer about, than saw the vault's, or will they when the folders above it are open? Its
 * owner made it so, and nothing goes into it. One of ours is opened only after a further look at the folders.
 */
export const isWider = ({ source, isOurs, rank }: Pick<PlannedNode, 'source' | 'isOurs' | 'rank'>, raw: JsonObject): boolean =>
  (isOurs ? rankAt(raw) : Math.min(rankAt(raw), rank)) < rankBefore(source)

const depthOf = ({ parent }: SourceNode): number => (parent === undefined ? 1 : depthOf(parent) + 1)

function refuseDeep({ urlPath }: SourceNode, depth: number, { folderDepth }: RestoreBounds): void {
  if (depth <= folderDepth) return
  throw new ConfigurationError(`The folder ${urlPath} would be nested ${depth} levels deep, and SmugMug allows ${folderDepth}.`, {
    hint: 'Choose another folder with --into, or only a part of the vault with --album.',
  })
}
