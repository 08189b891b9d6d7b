import type { ExitCode } from '../errors.ts'
import { formatBytes } from './format.ts'
import type { RunView } from './run-view.ts'

/** Returns `43% of 12.3 MB`, or only the amount when the size is unknown. */
export const amountOf = (received: number, size: number | undefined): string => {
  if (size === undefined || size === 0) return formatBytes(received)
  return received === 0 ? formatBytes(size) : `${Math.min(100, Math.floor((received / size) * 100))}% of ${formatBytes(size)}`
}

/** Returns the current phase, in words, while nothing is transferred. */
export const phaseOf = (view: RunView): string | undefined => {
  const reading = view.albums.total === undefined && (view.operation === 'backup' || view.operation === 'list')
  return view.phase ?? (reading ? 'Reading the list of albums' : undefined)
}

/** The state of a run, for its colour only. */
export type Tone = 'good' | 'warning' | 'bad'

/** Returns the tone of an exit code. */
export const tone = (exitCode: ExitCode): Tone => {
  if (exitCode === 0) return 'good'
  return exitCode === 3 || exitCode === 7 || exitCode === 130 ? 'warning' : 'bad'
}
