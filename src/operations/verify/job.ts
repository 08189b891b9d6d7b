import type { Emit, Problem } from '../../events.ts'
import type { Clock } from '../../flow/clock.ts'
import type { Account } from '../../smugmug/account.ts'
import type { Vault } from '../../vault/vault.ts'

/** One verification: the vault, and the part of it to read. */
export interface VerifyJob {
  readonly vault: Vault
  /** True reads the files also where the server states whether their bytes are the same. */
  readonly content?: boolean | undefined
  /** The share of the files to read, chosen at random. */
  readonly sample?: number | undefined
  /** Milliseconds after which it stops; the next one continues there. */
  readonly maxDuration?: number | undefined
  /** The days in which every file must be read, counted from the first slice: this one reads the share of a day, and the next one continues there. */
  readonly days?: number | undefined
  /** True continues the pass that was broken off, where there is one. */
  readonly goesOn?: boolean | undefined
  /** The account to compare with, by a full listing. */
  readonly account?: Account | undefined
  readonly emit: Emit
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Returns a number from 0 to 1. */
  readonly random: () => number
}

/** A verification under way. */
export interface Verification extends VerifyJob {
  readonly startedAt: number
  /** Reports one finding. */
  report(problem: Problem): void
  /** Was a finding of this name reported already? */
  isReported(name: string): boolean
}

/** The numbers of a step: things checked, and findings. */
export interface StepResult {
  readonly checked: number
  readonly found: number
}

/** One step of a verification, with its name for people. */
export interface Step<R extends StepResult = StepResult> {
  readonly name: string
  readonly run: (verification: Verification) => Promise<R>
}
