import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { DestinationError, VaultBusyError } from '../errors.ts'
import { makeFolders } from '../flow/make-folders.ts'
import { heldBy, lockVault, type VaultLock } from '../vault/home/lock.ts'
import { marksPath } from '../vault/home/mark.ts'
import { isSystemError } from '../vault/system-error.ts'
import { holder } from './vault.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Makes this process the only service of a subject, the path of a vault or of a configuration, on this machine. The lock lies in the user's
 * state folder: one in the vault would keep its disk from being unmounted.
 */
export class ServiceLock {
  readonly #env: Env
  #held: { readonly subject: string; readonly lock: VaultLock | undefined } | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(env: Env) {
    this.#env = env
  }

  /**
   * Locks a subject, and releases the one before; `left` is called in between. Returns false if this was the subject already: then nothing changes.
   * Throws `VaultBusyError` when another service has it: then this one has none, and may ask again. If nothing can be locked, it goes on without: each
   * task still has the vault to itself.
   */
  async move(subject: string, left?: () => void): Promise<boolean> {
    // One at a time: a second lock on the same file by this process would release the first.
    const moved = this.#turn.then(async () => {
      if (this.#held?.subject === subject) return false
      left?.()
      await this.#letGo()
      this.#held = { subject, lock: await lockService(this.#env, subject) }
      return true
    })
    this.#turn = moved.catch(() => undefined)
    return await moved
  }

  async release(): Promise<void> {
    await this.#turn
    await this.#letGo()
  }

  async #letGo(): Promise<void> {
    const held = this.#held
    this.#held = undefined
    await held?.lock?.release()
  }
}

async function lockService(env: Env, subject: string): Promise<VaultLock | undefined> {
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
