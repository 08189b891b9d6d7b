import type { JsonObject } from '../../model.ts'
import { differingSettings, STOOD_THERE } from './album-settings.ts'
import { changeNode, type PlacedNode } from './make-nodes.ts'
import type { PlannedNode } from './plan.ts'
import { type Opening, openingOf, rankAfter, rankAt, rankBefore } from './privacy.ts'
import type { RestoreRun } from './run.ts'
import type { SourceNode } from './source.ts'

/** A folder or album that stands at SmugMug, with the further albums of one that was too large. */
export interface Placed extends PlacedNode {
  readonly nodeIds: readonly string[]
  /** Is all of it at SmugMug, guarded as before? A folder always is. */
  readonly isWhole: boolean
}

/**
 * Gives folders and albums the privacy that they had, never a wider one: first the password, read back, and only then the privacy. From the
 * bottom up, so that nothing is seen before all of it stands. Only what a restore made is changed.
 */
export async function openUp(run: RestoreRun, placed: readonly Placed[], baseRaw: JsonObject): Promise<void> {
  const ranks = ranksOf(placed, baseRaw)
  for (const each of placed.toReversed()) {
    run.job.signal.throwIfAborted()
    const { source, isOurs, barred, present } = each.planned
    if (barred !== undefined) continue
    if (!isOurs) nameDifferences(run, source, present?.raw ?? {})
    else
      await run.guarded(source.urlPath, async () => {
        if (source.type === 'Folder') await giveFolderSettings(run, each)
        if (!run.job.keepPrivate) await openOne(run, each, ranks.get(each.planned) ?? 0)
      })
  }
}

/** Foresees the protection that each folder and album will really have. */
function ranksOf(placed: readonly Placed[], baseRaw: JsonObject): ReadonlyMap<PlannedNode, number> {
  const ranks = new Map<PlannedNode, number>()
  for (const { planned } of placed) {
    const { parent, isOurs, present, source } = planned
    const above = parent === undefined ? rankAt(baseRaw) : (ranks.get(parent) ?? rankAt(baseRaw))
    ranks.set(planned, isOurs ? rankAfter(openingOf(source.raw), above) : rankAt(present?.raw ?? {}))
  }
  return ranks
}

/** Opens one folder or album that a restore made, if it may be opened; else names the reason. `rank` is the protection that it would have then. */
async function openOne(run: RestoreRun, { planned: { source }, nodeIds, isWhole }: Placed, rank: number): Promise<void> {
  const { urlPath, raw } = source
  const opening = openingOf(raw)
  if (opening.kind === 'private') return
  const mine = { album: urlPath, needsYou: true } as const
  if (opening.kind === 'stays private') run.open({ ...mine, reason: `it stays private: ${opening.reason}` })
  else if (!isWhole) run.open({ album: urlPath, reason: 'it stays private until all of it is at SmugMug' })
  else if (rank < rankBefore(source)) {
    run.open({ ...mine, reason: 'it stays private: a folder above it was seen by fewer people than now' })
  } else for (const nodeId of nodeIds) await open(run, { nodeId, urlPath }, opening)
}

/** Names the settings of a folder or album that stood there already, where they are others than in the vault. They are left as they are. */
function nameDifferences(run: RestoreRun, { urlPath, raw, type }: SourceNode, present: JsonObject): void {
  const seen = ['Privacy', 'SecurityType'].filter((name) => raw[name] !== undefined && raw[name] !== present[name])
  const names = [...seen, ...(type === 'Folder' ? Object.keys(differingSettings('Folder', raw, present)) : [])]
  if (names.length > 0) run.note({ kind: 'notice', album: urlPath, reason: STOOD_THERE, detail: names.join(', ') })
}

async function open(
  run: RestoreRun,
  { nodeId, urlPath }: { readonly nodeId: string; readonly urlPath: string },
  { privacy, password }: Extract<Opening, { kind: 'open' }>,
): Promise<void> {
  await run.attempt({ album: urlPath, reason: 'it stays private: its privacy could not be set' }, async () => {
    const present = (await run.job.writer.read({ kind: 'node', nodeId }, run.job.signal)) ?? {}
    if (password !== undefined && !isLocked(present, password)) {
      await changeNode(run, nodeId, { SecurityType: 'Password', Password: password })
      const after = (await run.job.writer.read({ kind: 'node', nodeId }, run.job.signal)) ?? {}
      if (!isLocked(after, password)) {
        run.open({ album: urlPath, reason: 'it stays private: SmugMug did not take its password' })
        return
      }
    }
    if (present.Privacy === privacy) return
    const left = await changeNode(run, nodeId, { Privacy: privacy })
    if (left.length > 0) run.open({ album: urlPath, reason: 'SmugMug did not take its privacy, so it is still private' })
  })
}

/** Has the node this password? SmugMug shows it to the owner; where it does not, its word that there is one must do. */
const isLocked = ({ SecurityType, Password }: JsonObject, password: string): boolean =>
  SecurityType === 'Password' &&
  (Password === undefined || Password === null || Password === password || (/^\**$/.test(String(Password)) && String(Password) !== ''))

async function giveFolderSettings(run: RestoreRun, { planned, nodeId }: Placed): Promise<void> {
  const { source } = planned
  await run.attempt({ album: source.urlPath, reason: 'its settings could not be set' }, async () => {
    const present = (await run.job.writer.read({ kind: 'node', nodeId }, run.job.signal)) ?? {}
    const left = await changeNode(run, nodeId, differingSettings('Folder', source.raw, present))
    if (left.length > 0)
      run.open({ album: source.urlPath, reason: 'SmugMug did not take some settings of the folder', detail: left.join(', ') })
  })
}
