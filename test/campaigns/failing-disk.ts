/** The program over a disk whose n-th call fails, or is the last thing that its process does. */
import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { main } from '../../src/cli/main.ts'
import type { Ended, Scene } from '../scenarios/harness.ts'
import { fakeIo } from '../support/fake-io.ts'

/** The errors that a call can fail with. */
export const CODES = ['EIO', 'ENOSPC', 'EACCES', 'ENAMETOOLONG', 'ENOENT', 'EMFILE'] as const

/** The call that fails, counted from 1 (0: none does), and its error. */
export interface Fault {
  readonly at: number
  readonly code: (typeof CODES)[number]
  /** Only calls that this matches count, as they are in `heard`. Default: all. */
  readonly on?: RegExp
}

/** The calls of a run to its disk. */
interface Calls {
  /** Number of those that concern the scene's folder. */
  readonly calls: number
  /** The call that failed; empty when none did. */
  readonly struck: string
}

/** The module that a process loads before the program, for a disk that fails. */
export const PRELOAD = join(import.meta.dirname, 'failing-disk.cjs')

/**
 * Runs the program as a process of its own, and kills it before the n-th call that changes anything on the disk. One call is done after
 * the other, so that the n-th is the same in each repetition.
 */
export async function runUntil(scene: Scene, args: readonly string[], at: number): Promise<Ended & Calls> {
  const log = join(scene.folder, 'struck.json')
  rmSync(log, { force: true })
  const faults = { FAULT_FOLDER: scene.folder, FAULT_AT: String(at), FAULT_CODE: 'KILLED', FAULT_LOG: log }
  const { ended } = scene.start(args, { env: { NODE_OPTIONS: `--require ${PRELOAD}`, UV_THREADPOOL_SIZE: '1', ...faults } })
  return { ...(await ended), ...(JSON.parse(readFileSync(log, 'utf8')) as Calls) }
}

/** A run within this process. */
export interface Run extends Calls {
  /** The calls, in order: the name of each, and the path in the scene's folder; none for a file that is open. */
  readonly heard: readonly string[]
  readonly code: number
  /** Everything that it said. */
  readonly said: string
}

interface Disk {
  arm(disk: Fault & { readonly folder: string }): void
  disarm(): Pick<Run, 'calls' | 'struck' | 'heard'>
}

/** Runs the command line within this process, over a disk that fails once. Many times as fast as a process of its own. */
export async function runOver({ env, cwd, home, folder }: Scene, args: readonly string[], fault: Fault): Promise<Run> {
  const disk = createRequire(import.meta.url)(PRELOAD) as Disk
  const io = fakeIo({ env, cwd, home })
  io.stdin.end()
  disk.arm({ ...fault, folder })
  const code = await main(args, io)
  return { ...disk.disarm(), code, said: `${io.stdout.text}\n${io.stderr.text}` }
}
