import type { RestoreJob } from './job.ts'
import type { SourceNode } from './source.ts'

/** An album at SmugMug, or one of several where an album of the vault is too large for one. */
export interface Part {
  readonly nodeId: string
  readonly albumKey: string
  /** Did a restore make it? */
  readonly isOurs: boolean
}

/** Returns the name in the journal of a further album, numbered from 2, of one that is too large. */
export const partName = (id: string, at: number): string => `${id} (${at})`

/** Returns the name in the journal of the album that a further one belongs to; any other name as it is. */
export const firstOf = (name: string): string => name.replace(/ \(\d+\)$/, '')

/** Returns the further albums that earlier restores made for an album that is too large for one, those left out that are gone again. */
export async function laterParts(job: RestoreJob, { id }: SourceNode): Promise<Part[]> {
  const parts: Part[] = []
  for (let at = 2; ; at += 1) {
    const entry = job.journal.node(partName(id, at))
    if (entry === undefined) return parts
    const { nodeId, albumKey } = entry
    if (nodeId === undefined || albumKey === undefined) continue
    if ((await job.writer.read({ kind: 'album', albumKey }, job.signal)) !== undefined) parts.push({ nodeId, albumKey, isOurs: true })
  }
}
