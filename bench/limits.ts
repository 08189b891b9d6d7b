/** A small machine in a large one: the processor time or the memory of a process and its children, limited by a control group of Linux. Needs root. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** A limit: a share of one core, or bytes of memory, caches of files included. */
export type Limit = { readonly cpus: number } | { readonly memory: number }

const ROOT = '/sys/fs/cgroup'
const PERIOD_US = 100_000

/** The group's folder, and the settings that make the limit: version 2 of control groups has one tree, version 1 one for each kind. */
const groupOf = (limit: Limit): { readonly folder: string; readonly settings: Readonly<Record<string, string>>; readonly most: string } => {
  const isUnified = existsSync(join(ROOT, 'cgroup.controllers'))
  const name = `smugmug-backup-bench-${process.pid}`
  if ('cpus' in limit) {
    const quota = String(Math.round(limit.cpus * PERIOD_US))
    return isUnified
      ? { folder: join(ROOT, name), settings: { 'cpu.max': `${quota} ${PERIOD_US}` }, most: '' }
      : { folder: join(ROOT, 'cpu', name), settings: { 'cpu.cfs_period_us': String(PERIOD_US), 'cpu.cfs_quota_us': quota }, most: '' }
  }
  return isUnified
    ? { folder: join(ROOT, name), settings: { 'memory.max': String(limit.memory), 'memory.swap.max': '0' }, most: 'memory.peak' }
    : {
        folder: join(ROOT, 'memory', name),
        settings: { 'memory.limit_in_bytes': String(limit.memory), 'memory.swappiness': '0' },
        most: 'memory.max_usage_in_bytes',
      }
}

/** A control group, as long as it is in use. */
export class Limited implements AsyncDisposable {
  readonly #folder: string
  readonly #most: string

  private constructor(folder: string, most: string) {
    this.#folder = folder
    this.#most = most
  }

  /** Makes the group; returns undefined where this is not permitted. */
  static make(limit: Limit): Limited | undefined {
    const { folder, settings, most } = groupOf(limit)
    try {
      mkdirSync(folder)
      for (const [name, value] of Object.entries(settings)) writeFileSync(join(folder, name), value)
      return new Limited(folder, most)
    } catch {
      if (existsSync(folder)) rmdirSync(folder)
      return undefined
    }
  }

  /** Returns the words that run a command within the limit. */
  wrap(command: string, words: readonly string[]): readonly [string, readonly string[]] {
    return ['sh', ['-c', 'echo $$ > "$0" && exec "$@"', join(this.#folder, 'cgroup.procs'), command, ...words]]
  }

  /** The most memory that was ever in use, in megabytes; only under a limit of memory. */
  get peakMb(): number {
    return Number(readFileSync(join(this.#folder, this.#most), 'utf8')) / 1e6
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The last process may be on its way out.
    for (let tries = 50; ; tries -= 1) {
      try {
        rmdirSync(this.#folder)
        return
      } catch (error) {
        if (tries === 0) throw error
        await wait(20)
      }
    }
  }
}
