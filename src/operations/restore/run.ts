import { RequestError } from '../../errors.ts'
import type { Problem } from '../../events.ts'
import type { RestoreJob } from './job.ts'

/** The counts of a restore. */
export interface RestoreCounts {
  folders: number
  albums: number
  /** Items that were uploaded, and their bytes. */
  sent: number
  bytes: number
  /** Items that were collected. */
  collected: number
  /** Items that stood at SmugMug already. */
  there: number
}

/** Each has been tried again and again for a minute before. */
const MOST_UNANSWERED = 4

/** A restore under way: its parts, its counts, and all that it met. */
export class RestoreRun {
  readonly job: RestoreJob
  readonly problems: Problem[] = []
  readonly counts: RestoreCounts = { folders: 0, albums: 0, sent: 0, bytes: 0, collected: 0, there: 0 }
  /** Bytes that are to be uploaded. */
  readonly total: number
  /** The items that are collected from another album, by `idOf`. */
  readonly collected: ReadonlySet<string>
  /** Do the photos go into the account that they came from? There, images that still stand have their own keys. */
  readonly sameAccount: boolean
  /** The folders and albums at SmugMug that are known, by their ids: whatever appears besides them is new. */
  readonly nodes: Set<string>
  #isOpen = false
  /** Albums, or parts of the work on them, in a row that SmugMug did not answer about. */
  #unanswered = 0

  constructor(
    job: RestoreJob,
    { total, collected, sameAccount, nodes }: Pick<RestoreRun, 'total' | 'collected' | 'sameAccount' | 'nodes'>,
  ) {
    this.job = job
    this.total = total
    this.collected = collected
    this.sameAccount = sameAccount
    this.nodes = nodes
  }

  /** Is anything not as it should be at SmugMug? Then the exit code is 3. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Notes an exception that a further restore may mend, or that a person must look at. */
  open(problem: Omit<Problem, 'kind'> & { readonly kind?: Problem['kind'] }): void {
    this.#isOpen = true
    this.note({ kind: 'failed', ...problem })
  }

  /**
   * Does a part of the work on an album or folder, and turns SmugMug's trouble with it into an entry of the report; the other parts go on. While
   * SmugMug does not answer at all, they are not even tried: that is thrown on, to `guarded`.
   */
  async attempt(problem: Omit<Problem, 'kind' | 'detail'>, work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.#unanswered = 0
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      this.open({ ...problem, detail: error.message })
      if (error.transient) this.#unanswered += 1
      if (this.#unanswered >= MOST_UNANSWERED) throw error
    }
  }

  /**
   * Does the work on one album or folder, and turns SmugMug's trouble with it into an entry of the report; the others go on. While SmugMug does
   * not answer at all, the rest is not even tried.
   */
  async guarded(album: string, work: () => Promise<void>): Promise<void> {
    if (this.#unanswered >= MOST_UNANSWERED) return this.open({ album, reason: 'SmugMug did not answer any more' })
    const before = this.#unanswered
    try {
      await work()
      // A part of it may have met no answer, and named that.
      if (this.#unanswered === before) this.#unanswered = 0
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      if (error.transient) this.#unanswered += 1
      this.open({ album, reason: error.reason, detail: error.message })
    }
  }

  /** Notes something that is as good as it can be. */
  note(problem: Problem): void {
    this.problems.push(problem)
    this.job.emit({ event: 'problem', problem })
  }

  /** Notes bytes that were uploaded. */
  sent(bytes: number): void {
    this.counts.sent += 1
    this.counts.bytes += bytes
    const { bytes: done } = this.counts
    this.job.emit({ event: 'progress', done, total: Math.max(done, this.total), unit: 'bytes' })
  }
}
