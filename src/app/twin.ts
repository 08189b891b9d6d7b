import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../errors.ts'
import type { Event } from '../events.ts'
import { systemClock } from '../flow/clock.ts'
import { noTotals } from '../model.ts'
import { notedIfChanged } from '../operations/noted.ts'
import type { Outcome } from '../operations/outcome.ts'
import { removeTwin } from '../operations/twin/remove.ts'
import { makeTwin, type TwinOutcome } from '../operations/twin/twin.ts'
import { readPlaces } from '../twin/places.ts'
import { DamagedDatabaseError } from '../vault/catalogue/guarded.ts'
import { layout } from '../vault/layout.ts'
import { Shown } from '../vault/shown.ts'
import { StorageError } from '../vault/storage/storage.ts'
import { removeDatabase } from '../vault/twin-database.ts'
import { inTheWayOfTwin } from '../vault/twin-folder.ts'
import type { Vault } from '../vault/vault.ts'
import { WrittenFiles } from '../vault/written-files.ts'
import { lazily, placesTable, twinAssets } from './installation.ts'
import { startPictures } from './pictures.ts'
import type { Request } from './request.ts'
import { atDestination, requireCatalogue, stillThere, withVault } from './vault.ts'

/** A twin to bring up to date, or to take away. */
export interface TwinRequest extends Request {
  readonly remove?: boolean
}

/** Brings the twin in the vault up to date, or removes it. */
export async function runTwin(request: TwinRequest): Promise<Outcome> {
  return atDestination(request.settings, async (destination) => {
    await stillThere(destination, request)
    await requireCatalogue(destination)
    return withVault(destination, { mode: 'write', operation: 'twin' }, (vault) =>
      notedIfChanged({ operation: 'twin', catalogue: vault.catalogue, clock: systemClock, given: {} }, () =>
        request.remove === true ? removeFrom(vault, request) : twinInto(vault, request),
      ),
    )
  })
}

/** Brings the twin up to date in a vault that is open for writing. */
export const twinInto = (vault: Vault, request: Request): Promise<TwinOutcome> =>
  withMemory(vault, async (files) => {
    const inTheWay = inTheWayOfTwin(vault.root)
    if (inTheWay !== undefined) return blocked(inTheWay, request)
    const shown = Shown.open(join(vault.root, layout.shown))
    try {
      return await makeTwin({
        vault,
        shown,
        files,
        startPictures: () => startPictures(),
        placeOf: lazily(() => readPlaces(placesTable())),
        assets: twinAssets(),
        emit: request.emit,
        signal: request.signal,
        clock: systemClock,
      })
    } finally {
      shown.close()
    }
  })

/**
 * Brings the twin up to date after a backup, if the settings say it. The backup is whole without it: trouble becomes one warning. A backup
 * that was interrupted or stopped changes nothing of it.
 */
export async function keepTwin(vault: Vault, request: Request, exitCode: number): Promise<void> {
  const { settings, emit, signal } = request
  if (!settings.twin || vault.mode !== 'write' || signal.aborted || (exitCode !== 0 && exitCode !== 3)) return
  const warn = (message: string): void => emit({ event: 'warning', message: `The twin is not up to date: ${message}` })
  const quiet = (event: Event): void => {
    if (event.event !== 'problem') emit(event)
  }
  try {
    const { problems } = await twinInto(vault, { ...request, emit: quiet })
    const [first] = problems
    if (first !== undefined) warn(`${first.name ?? first.album}: ${first.reason}.`)
  } catch (error) {
    if (signal.aborted) return
    if (!(error instanceof AppError || error instanceof StorageError)) throw error
    warn(error.message)
  }
}

function blocked(name: string, { emit }: Request): TwinOutcome {
  const problem = {
    kind: 'failed',
    name,
    reason: 'something that is no folder stands in the place of a folder of the twin: move it away',
  } as const
  emit({ event: 'problem', problem })
  return { exitCode: 3, message: `The twin could not be made: ${name} is no folder.`, totals: noTotals, problems: [problem], written: 0 }
}

/** Removes the twin from a vault, and what it remembers. A file that the disk keeps stays in the memory, for the next try. */
async function removeFrom(vault: Vault, { emit, signal }: Request): Promise<TwinOutcome> {
  const outcome = await withMemory(vault, (files) => removeTwin({ vault, files, emit, signal, clock: systemClock }))
  if (outcome.exitCode === 0) {
    for (const path of [layout.twinNote, layout.shown]) removeDatabase(join(vault.root, path))
    rmSync(join(vault.root, layout.twinThumbs), { recursive: true, force: true })
  }
  return outcome
}

/** Opens the memory of the twin. A database that turns out to be damaged is removed, and everything is done once more without it. */
async function withMemory(vault: Vault, use: (files: WrittenFiles) => Promise<TwinOutcome>): Promise<TwinOutcome> {
  const memory = join(vault.root, layout.twinNote)
  const attempt = async (): Promise<TwinOutcome> => {
    const files = WrittenFiles.open(vault.storage, memory)
    try {
      return await use(files)
    } finally {
      files.close()
    }
  }
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof DamagedDatabaseError) || ![memory, join(vault.root, layout.shown)].includes(error.path)) throw error
    removeDatabase(error.path)
    return await attempt()
  }
}
