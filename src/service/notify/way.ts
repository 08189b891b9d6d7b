/** The ways to the owner. Each has its own end: none waits for ever, and the failure of one is a sentence. */
import type { News } from './news.ts'

/** A message did not go out. The message of the error says the reason, and holds no secret. */
export class SendError extends Error {
  override readonly name = 'SendError'
}

/** One way to the owner. */
export interface Way {
  /** For people: `mail by smtp.example.org`. Holds no secret. */
  readonly label: string
  /** Sends one message. Throws `SendError`. */
  send(news: News, signal: AbortSignal): Promise<void>
}
