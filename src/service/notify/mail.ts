/** Messages by mail. */
import { Socket } from 'node:net'
import type { NotifyAddress } from '../../config/notify-address.ts'
import { isAtHome } from '../../config/notify-address.ts'
import { notReached, PartlySentError, SendError, type Way } from './way.ts'

/** The time for each step of a delivery, in milliseconds. */
const STEP_MS = 15_000

/** Returns the way by mail. A password goes over a sealed connection only, but for machines at home, which often have no certificate. */
export const mailWay = (address: Extract<NotifyAddress, { kind: 'mail' }>): Way => ({
  label: `mail by ${address.host}`,
  send: async ({ title, text }, signal) => {
    const { host, port, isSealed, user, password, from, to } = address
    // It takes 70 ms of processor to load, and most nights have no news.
    const { createTransport } = await import('nodemailer')
    signal.throwIfAborted()
    // One of our own: nodemailer offers no way to hang up on a server that stalls and keeps talking.
    const socket = new Socket()
    const transport = createTransport({
      socket,
      host,
      secure: isSealed,
      ...(port !== undefined && { port }),
      ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
      requireTLS: user !== undefined && !isAtHome(host),
      // At home the connection may be open. One that is sealed with a certificate of the machine's own is no worse.
      tls: { rejectUnauthorized: isSealed || !isAtHome(host) },
      connectionTimeout: STEP_MS,
      greetingTimeout: STEP_MS,
      socketTimeout: STEP_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    const stop = (): void => void socket.destroy()
    signal.addEventListener('abort', stop, { once: true })
    try {
      const { rejected } = await transport.sendMail({ from, to: [...to], subject: title, text: `${text}\n` })
      if (rejected.length > 0) throw new PartlySentError(`was refused for ${rejected.length} of ${to.length} people`)
    } catch (error) {
      throw sendError(error)
    } finally {
      signal.removeEventListener('abort', stop)
      transport.close()
    }
  },
})

/** Returns a failure of the delivery as one sentence; any other error as it is. The server's own words may hold an address, and are left out. */
function sendError(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return error
  const { code } = error
  const answer = 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : undefined
  // An answer below 500 says that the server cannot take it now.
  if (code === 'EAUTH' && (answer === undefined || answer >= 500)) return new SendError('refused the user or the password')
  if (answer !== undefined) return new SendError(`refused the mail (${answer})`)
  return notReached(code, 'originalCode' in error ? String(error.originalCode) : code)
}
