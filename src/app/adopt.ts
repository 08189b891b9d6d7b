import { folderLoader } from '../operations/adopt.ts'
import type { Outcome } from '../operations/outcome.ts'
import { byItemOf } from '../operations/selection.ts'
import { backUp } from './backup.ts'
import { type Request, selectionOf } from './request.ts'
import { outside } from './vault.ts'

/** Takes what is right, by hash, from a folder elsewhere; downloads nothing. */
export const runAdopt = (request: Request & { readonly folder: string }): Promise<Outcome> =>
  backUp(request, { mode: 'write', operation: 'adopt' }, async (vault) => {
    const folder = outside(request.folder)
    const told = (done: number, unit: 'files' | 'bytes'): void => request.emit({ event: 'progress', done, unit })
    // Some items will not be found: a run over a part, which takes nothing else for vanished.
    return { full: true, from: await folderLoader(folder, vault.storage, told), selection: byItemOf(selectionOf(request.settings)) }
  })
