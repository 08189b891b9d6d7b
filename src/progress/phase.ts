import type { ExitCode } from '../errors.ts'
import { formatBytes } from './format.ts'
import type { RunView } from './run-view.ts'

/** `43% of 12.3 MB`, or what of it is known. */
export const amountOf = (received: number, size: number | undefined): string => {
  if (size === undefined || size === 0) return formatBytes(received)
  return received === 0 ? formatBytes(size) : `${Math.min(100, Math.floor((received / size) * 100))}% of ${formatBytes(size)}`
}

/** What goes on while nothing is transferred. */
export const phaseOf = (view: RunView): string | undefined => {
  const reading = view.albums.total === undefined && (view.operation === 'backup' || view.operation === 'list')
  return view.phase ?? (reading ? 'Reading the list of albums' : undefined)
}

/** How a run stands: colour is all that follows from it. */
export type Tone = 'good' | 'warning' | 'bad'

/** What an exit code says of a run. */
export const tone = (exitCode: ExitCode): Tone => {
  if (exitCode === 0) return 'good'
  return exitCode === 3 || exitCode === 7 || exitCode === 130 ? 'warning' : 'bad'
}
