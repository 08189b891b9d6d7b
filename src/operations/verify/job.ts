import type { Emit, Problem } from '../../events.ts'
import type { Clock } from '../../flow/clock.ts'
import type { Account } from '../../smugmug/account.ts'
import type { Vault } from '../../vault/vault.ts'

/** What to verify, and how much of it. */
export interface VerifyJob {
  readonly vault: Vault
  /** A share of the files, chosen by chance. */
  readonly sample?: number | undefined
  /** Milliseconds; where it stops, the next one goes on. */
  readonly maxDuration?: number | undefined
  /** Compares with this account, by a full listing. */
  readonly account?: Account | undefined
  readonly emit: Emit
  readonly clock: Clock
  readonly signal: AbortSignal
  /** From 0 to 1. */
  readonly random: () => number
}

/** A verification under way. */
export interface Verification extends VerifyJob {
  readonly startedAt: number
  /** Names what is not as it should be. */
  tell(problem: Problem): void
  /** Was something of this name named already? */
  isTold(name: string): boolean
}

/** What a step looked at, and what it found wrong. */
export interface StepResult {
  readonly checked: number
  readonly found: number
}

/** One step: its name as people see it, and its work. */
export interface Step<R extends StepResult = StepResult> {
  readonly name: string
  readonly run: (verification: Verification) => Promise<R>
}
