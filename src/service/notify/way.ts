/** The ways to the owner. Each has its own end: none waits for ever, and the failure of one is a sentence. */
import type { News } from './news.ts'

/** A message did not go out. The message of the error says the reason, and holds no secret. */
export class SendError extends Error {
  override readonly name = 'SendError'
}

/** A message reached some people of a way, and not all. It is not sent again: those would get it twice. */
export class PartlySentError extends SendError {}

/** Codes of a certificate that is not trusted, as Node has them. */
const OF_CERTIFICATES = /CERT|VERIFY|HOSTNAME/

/** Returns the failure of a connection, by its code. `cause` is the code of the system, where the first one is a library's. */
export const notReached = (code: string, cause = code): SendError =>
  new SendError(OF_CERTIFICATES.test(cause) ? `has a certificate that is not trusted (${cause})` : `cannot be reached (${code})`)

/** One way to the owner. */
export interface Way {
  /** For people: `mail by smtp.example.org`. Holds no secret. */
  readonly label: string
  /** Sends one message. Throws `SendError`. */
  send(news: News, signal: AbortSignal): Promise<void>
}
