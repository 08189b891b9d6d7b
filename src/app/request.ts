import type { Settings } from '../config/settings.ts'
import type { Emit } from '../events.ts'
import type { CallAllowance } from '../flow/allowance.ts'
import { makeSelection } from '../operations/selection.ts'
import type { SealKeys } from './sealing.ts'

/** The settings and surroundings of one operation. */
export interface Request {
  readonly settings: Settings
  readonly emit: Emit
  /** Once aborted, the operation finishes what is in flight and starts nothing new. */
  readonly signal: AbortSignal
  /** The environment, for proxies and the state folder. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** The keys of a vault that is not the one of the settings; undefined if it is not sealed. Absent: those of the settings. */
  readonly keys?: SealKeys | undefined
  /** The calls that all processes with this API key may make. Default: as many as SmugMug answers. */
  readonly allowance?: CallAllowance | undefined
}

/** Returns the part of the account that the settings restrict a run to; undefined when nothing is left out. */
export const selectionOf = ({ album, exclude, type, since, until, keyword }: Settings) =>
  makeSelection({ album, exclude, type, since, until, keyword })
