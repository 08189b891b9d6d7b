/** A number of calls a second that several processes share. */
export interface CallAllowance {
  /** Waits until one more call may be made, and resolves to true if it had to wait. Rejects with the signal's reason. */
  take(signal?: AbortSignal): Promise<boolean>
}
