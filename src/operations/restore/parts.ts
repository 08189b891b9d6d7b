import type { JsonObject } from '../../model.ts'
import type { RestoreJob } from './job.ts'
import { isWider, type PlannedNode, partName } from './plan.ts'
import type { SourceNode } from './source.ts'

/** An album at SmugMug, or one of several where an album of the vault is too large for one. */
export interface Part {
  readonly nodeId: string
  readonly albumKey: string
  /** Did a restore make it? */
  readonly isOurs: boolean
}

/** A further album of one that is too large: a restore made it. */
export interface LaterPart extends Part {
  /** SmugMug's answer about its node. */
  readonly raw: JsonObject
}

/** Returns the further albums that earlier restores made for an album that is too large for one, those left out that are gone again. */
export async function laterParts({ journal, writer, signal }: RestoreJob, { id }: SourceNode): Promise<readonly LaterPart[]> {
  const parts: LaterPart[] = []
  for (let at = 2; ; at += 1) {
    const entry = journal.node(partName(id, at))
    if (entry === undefined) return parts
    const { nodeId, albumKey } = entry
    if (nodeId === undefined || albumKey === undefined) continue
    const raw = await writer.read({ kind: 'node', nodeId }, signal)
    if (raw !== undefined) parts.push({ nodeId, albumKey, isOurs: true, raw })
  }
}

/** Do more people see one of these further albums than saw the album of the vault? */
export const isAnyWider = (parts: readonly LaterPart[], node: PlannedNode): boolean =>
  parts.some(({ raw }) => isWider({ ...node, isOurs: true }, raw))
