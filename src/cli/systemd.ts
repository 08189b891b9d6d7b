import { execFile } from 'node:child_process'
import type { Environment } from '../config/environment.ts'

/** The longest time that systemd's own program may take, in milliseconds. */
const PATIENCE_MS = 5000

/**
 * Reports to systemd that the service is ready, or that it stops, where systemd waits for that (`Type=notify`). The unit needs `NotifyAccess=all`:
 * a program of systemd's sends the word, because Node cannot. Returns the error if it could not be sent.
 */
export async function notifySystemd(env: Environment, word: 'READY=1' | 'STOPPING=1'): Promise<Error | undefined> {
  if (!env.NOTIFY_SOCKET) return undefined
  // Without --no-block it would wait for an answer, and for nothing else.
  return await new Promise((resolve) =>
    execFile('systemd-notify', ['--no-block', word], { env: { ...env }, timeout: PATIENCE_MS }, (error) => resolve(error ?? undefined)),
  )
}
