import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Digest } from '../../flow/checked.ts'
import { Room } from '../../flow/room.ts'
import type { DigestOptions } from './storage.ts'

/** The most threads: most disks read no faster with more files at once. */
const MOST = 4

/** An order to a thread: hash the open file; `stop` becomes 1 when the caller has given up. */
interface Order {
  readonly fd: number
  readonly stop: Int32Array
}

/** Its answers: the bytes that it read since the last one, at the end the digest or the system's error. */
type Answer =
  | { readonly read: number }
  | { readonly digest: Digest }
  | { readonly error: { readonly message: string; readonly code?: string; readonly errno?: number; readonly syscall?: string } }

/** Hashes open files in threads of their own, as many at once as there are cores, at most four. On one core it hashes nothing. */
export class HashThreads {
  readonly #idle: Worker[] = []
  readonly #room: Room | undefined
  readonly #start: () => Worker
  #isBroken = false

  /** `start` starts a thread. */
  constructor(cores: number = availableParallelism(), start: () => Worker = startThread) {
    this.#room = cores < 2 ? undefined : new Room(Math.min(cores, MOST))
    this.#start = start
  }

  /**
   * Hashes an open file from its beginning to its end. The descriptor stays open. Rejects with the system's error, or the signal's reason.
   * Resolves to undefined where no thread can do it: then the caller must.
   */
  async hash(fd: number, options: DigestOptions): Promise<Digest | undefined> {
    const release = await this.#room?.acquire(1, options.signal)
    if (release === undefined) return undefined
    try {
      const thread = this.#thread()
      const digest = thread && (await this.#ask(thread, fd, options))
      options.signal?.throwIfAborted()
      return digest
    } finally {
      release()
    }
  }

  /** Returns an idle thread, or a new one; undefined if the system gives none. */
  #thread(): Worker | undefined {
    if (this.#isBroken) return undefined
    try {
      return this.#idle.pop() ?? this.#begin()
    } catch {
      this.#isBroken = true
      return undefined
    }
  }

  #begin(): Worker {
    // An error ends a thread, and that end is noted, also of one that waits for work. It is for want of memory, as a rule.
    const broken = (): void => {
      this.#isBroken = true
    }
    return this.#start()
      .on('error', () => undefined)
      .once('exit', broken)
  }

  async #ask(thread: Worker, fd: number, { signal, seen }: DigestOptions): Promise<Digest | undefined> {
    const stop = new Int32Array(new SharedArrayBuffer(4))
    const abort = (): void => void Atomics.store(stop, 0, 1)
    signal?.addEventListener('abort', abort, { once: true })
    const { promise, resolve, reject } = Promise.withResolvers<Digest | undefined>()
    const hear = (answer: Answer): void => {
      if ('read' in answer) {
        seen?.(answer.read)
        return
      }
      this.#idle.push(thread)
      if ('digest' in answer) resolve(answer.digest)
      else reject(Object.assign(new Error(answer.error.message), answer.error))
    }
    const fail = (): void => resolve(undefined)
    thread.on('message', hear).on('exit', fail)
    thread.ref()
    try {
      thread.postMessage({ fd, stop } satisfies Order)
      return await promise
    } finally {
      signal?.removeEventListener('abort', abort)
      thread.off('message', hear).off('exit', fail)
      // An idle thread keeps no process alive.
      thread.unref()
    }
  }
}

const startThread = (): Worker => new Worker(CODE, { eval: true, execArgv: [], resourceLimits: LIMITS })

const LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 }

/** The program of a thread. It is passed as text, so that it needs no file of its own, and uses nothing from outside. */
function program(load: NodeJS.Require): void {
  const { parentPort } = load('node:worker_threads') as typeof import('node:worker_threads')
  const { createHash } = load('node:crypto') as typeof import('node:crypto')
  const { readSync } = load('node:fs') as typeof import('node:fs')
  const buffer = Buffer.allocUnsafeSlow(256 * 1024)
  const reportEvery = 4 * 1024 * 1024
  const answer = (what: Answer): void => parentPort?.postMessage(what)
  parentPort?.on('message', ({ fd, stop }: Order) => {
    try {
      const [md5, sha256] = [createHash('md5'), createHash('sha256')]
      let size = 0
      let reported = 0
      while (Atomics.load(stop, 0) === 0) {
        const read = readSync(fd, buffer, 0, buffer.length, size)
        if (read === 0) break
        const bytes = buffer.subarray(0, read)
        md5.update(bytes)
        sha256.update(bytes)
        size += read
        if (size - reported < reportEvery) continue
        answer({ read: size - reported })
        reported = size
      }
      answer({ read: size - reported })
      answer({ digest: { size, md5: md5.digest('hex'), sha256: sha256.digest('hex') } })
    } catch (error) {
      const { message, code, errno, syscall } = error as NodeJS.ErrnoException
      answer({
        error: {
          message,
          ...(code !== undefined && { code }),
          ...(errno !== undefined && { errno }),
          ...(syscall !== undefined && { syscall }),
        },
      })
    }
  })
}

const CODE = `(${program.toString()})(require)`
