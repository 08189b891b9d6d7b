import { folderSource } from '../operations/adopt.ts'
import type { Report } from '../operations/backup/report/report.ts'
import type { Outcome } from '../operations/outcome.ts'
import { byItemOf } from '../operations/selection.ts'
import { backUp } from './backup.ts'
import { type Request, selectionOf } from './request.ts'
import { outside } from './vault.ts'

/** Copies files from a folder elsewhere whose hashes the account has; downloads nothing. */
export const runAdopt = (request: Request & { readonly folder: string }): Promise<Outcome & Pick<Report, 'path'>> =>
  backUp(request, { mode: 'write', operation: 'adopt' }, async (vault) => {
    const folder = outside(request.folder)
    const { emit, signal } = request
    // A folder rarely has every item: as a partial run, it takes none of the rest for vanished.
    return {
      operation: 'adopt',
      full: true,
      from: await folderSource({ folder, vault: vault.storage, emit, signal }),
      selection: byItemOf(selectionOf(request.settings)),
    }
  })
