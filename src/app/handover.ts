import { join } from 'node:path'
import { ConfigurationError } from '../errors.ts'
import type { Problem } from '../events.ts'
import { systemClock } from '../flow/clock.ts'
import { HandoverFolderFiles, noFiles } from '../operations/handover/files.ts'
import { handover } from '../operations/handover/handover.ts'
import type { HandoverTarget } from '../operations/handover/targets.ts'
import type { Outcome } from '../operations/outcome.ts'
import { checkHandoverFolder, HANDOVER, openHandoverFolder } from '../vault/handover-folder.ts'
import { openFolder } from '../vault/storage/folder.ts'
import type { Vault } from '../vault/vault.ts'
import { WrittenFiles } from '../vault/written-files.ts'
import type { Request } from './request.ts'
import { atDestination, inNamedFolder, requireCatalogue, stillThere, withVault } from './vault.ts'

/** A vault to prepare for another program, or redirects to its twin. */
export interface HandoverRequest extends Request {
  readonly target: HandoverTarget
  /** The absolute path of the folder that everything is written into. */
  readonly folder: string
  /** The address that the old ones lead to. */
  readonly to?: string
  readonly all?: boolean
  /** Writes sidecars into the vault, in the manner of the target: nothing else changes the vault. */
  readonly sidecars?: boolean
  readonly dryRun?: boolean
}

/** Prepares a vault for another program. The vault is only read, unless it shall get sidecars. */
export async function runHandover(request: HandoverRequest): Promise<Outcome> {
  const to = request.to === undefined ? undefined : baseOf(request.to)
  return atDestination(request, async (place) => {
    await stillThere(place, request)
    await requireCatalogue(place)
    if (place.keys !== undefined && request.target !== 'redirects') {
      throw new ConfigurationError(`The vault ${place.location} is sealed: no other program can read its files.`, {
        hint: 'Make a copy of it that is not sealed, with [copy.NAME] and `smugmug-backup copy NAME`. Then run this with a configuration of its own, whose destination is the copy.',
      })
    }
    return withVault(
      place,
      { mode: request.sidecars === true && request.dryRun !== true ? 'write' : 'read', operation: 'handover' },
      (vault) => inNamedFolder(request.folder, () => handoverOf(vault, { ...request, to })),
    )
  })
}

async function handoverOf(
  vault: Vault,
  {
    target,
    folder,
    to,
    all = false,
    sidecars = false,
    dryRun = false,
    emit,
    signal,
  }: Omit<HandoverRequest, 'to'> & { readonly to: string | undefined },
): Promise<Outcome> {
  const wanted = { folder, target, vault }
  const job = { target, vault, ...(to !== undefined && { to }), all, sidecars, dryRun, emit, signal, clock: systemClock }
  const problems: Problem[] = []
  emit({ event: 'run.started', operation: 'handover', destination: vault.location, dryRun })
  if (dryRun) {
    checkHandoverFolder(wanted)
    return await handover({ ...job, files: noFiles() }, problems)
  }
  openHandoverFolder(wanted)
  const storage = openFolder(folder)
  const written = WrittenFiles.open(storage, join(folder, HANDOVER.memory), 'handover')
  const report = (problem: Problem): void => {
    problems.push(problem)
    emit({ event: 'problem', problem })
  }
  const files = new HandoverFolderFiles({ root: folder, storage, written, report })
  try {
    return await handover({ ...job, files }, problems)
  } finally {
    await files.close()
    written.close()
    await storage.close()
  }
}

/** Returns an address without the `/` at its end. Throws `ConfigurationError` if it is none that a web page can have. */
function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.search + url.hash + url.username + url.password !== '' ||
    /["\\$\s{}]/.test(url.href)
  ) {
    throw new ConfigurationError(`--to is "${text}", but it takes the address of a web site.`, {
      hint: 'Give the address of the twin, such as --to https://photos.example.org',
    })
  }
  return url.href.replace(/\/+$/, '')
}
