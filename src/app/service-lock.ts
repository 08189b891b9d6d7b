import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { DestinationError, VaultBusyError } from '../errors.ts'
import { makeFolders } from '../flow/make-folders.ts'
import { heldBy, lockVault, type VaultLock } from '../vault/home/lock.ts'
import { marksPath } from '../vault/home/mark.ts'
import { isSystemError } from '../vault/system-error.ts'
import { holder } from './vault.ts'

/**
 * Makes this process the only service of a subject, the path of a vault or of a configuration, on this machine. The lock lies in the user's
 * state folder: one in the vault would keep its disk from being unmounted. Throws `VaultBusyError` when there is another one; returns
 * undefined where nothing can be locked, for each task still has the vault to itself.
 */
export async function lockService(env: Readonly<Record<string, string | undefined>>, subject: string): Promise<VaultLock | undefined> {
  const marks = marksPath(env)
  if (marks === undefined) return undefined
  const folder = join(dirname(marks), 'services', createHash('sha256').update(subject).digest('hex').slice(0, 32))
  try {
    await makeFolders(folder, 0o700)
    return await lockVault({ home: folder, location: subject }, holder('service'))
  } catch (error) {
    if (error instanceof VaultBusyError) {
      const { pid } = heldBy(folder) ?? {}
      const process = pid === undefined ? '' : ` (process ${pid})`
      throw new VaultBusyError(`Another service${process} keeps ${subject} current already.`, {
        hint: 'One is enough: stop the other one first, or let it be.',
        cause: error,
      })
    }
    if (error instanceof DestinationError || isSystemError(error)) return undefined
    throw error
  }
}
