/** A moment of a vault's past, as a person writes it: the number of a run, or a day. */
export type When = { readonly run: number } | { readonly before: number; readonly day: string }

/**
 * Reads `12` (a run) or `2026-11-26` (the end of that day in the reader's own time zone; `before` is the first millisecond after it).
 * Returns undefined for anything else, or no real day.
 */
export const readWhen = (text: string): When | undefined => {
  const word = text.trim()
  if (/^[1-9]\d{0,8}$/.test(word)) return { run: Number(word) }
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(word)
  if (match === null) return undefined
  const [year = 0, month = 0, date = 0] = match.slice(1).map(Number)
  // Date takes 30 February for 2 March.
  const real = new Date(Date.UTC(year, month - 1, date))
  if (real.getUTCFullYear() !== year || real.getUTCMonth() !== month - 1 || real.getUTCDate() !== date) return undefined
  return { before: new Date(year, month - 1, date + 1).getTime(), day: word }
}
