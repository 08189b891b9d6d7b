import { RequestError, ServiceError } from '../../../errors.ts'

/** Decides whether SmugMug is out of reach, by counting files or albums in a row without any answer. */
export class Reach {
  readonly #what: string
  readonly #limit: number
  #silent = 0

  /** `what` names the counted things in the message: `files`, `albums`. */
  constructor(what: string, limit: number) {
    this.#what = what
    this.#limit = limit
  }

  /** Notes that SmugMug answered. */
  answered(): void {
    this.#silent = 0
  }

  /** Notes a failure. Throws `ServiceError` when the failures in a row without any answer reach the limit. */
  failed(error: unknown): void {
    const isSilent = error instanceof RequestError && error.transient && error.status === undefined
    this.#silent = isSilent ? this.#silent + 1 : 0
    if (!isSilent || this.#silent < this.#limit) return
    throw new ServiceError(`SmugMug cannot be reached: ${error.message} (${this.#silent} ${this.#what} in a row).`, {
      hint: 'Check the connection to the internet and run the backup again; what is stored is kept.',
      cause: error,
    })
  }
}
