import { type Cost, settleDisk } from './contestants.ts'

/** One line of the table: the measurements of our program and of a rival, if there is one, and the bar. */
export interface Row {
  readonly what: string
  readonly unit: 'h' | 's' | 'ms' | 'MB' | 'MB/s' | 'kB' | 'calls' | 'files' | 'elements' | '%' | 'USD'
  /** One number a round. */
  readonly ours: readonly number[]
  readonly against?: { readonly name: string; readonly values: readonly number[] }
  /** The bar for the ratio, or for our own number if there is no rival. */
  readonly bar?: { readonly most: number } | { readonly least: number }
}

/** A row with its result. */
export interface Judged extends Row {
  /** Median, lowest and highest over the rounds: of the ratio ours/theirs, or of our own number if there is no rival. */
  readonly result: { readonly median: number; readonly low: number; readonly high: number }
  readonly met?: boolean
}

/** Takes the ratio round by round: a machine that is busy for a while slows both. */
export function judge(row: Row): Judged {
  const values = row.against === undefined ? row.ours : row.ours.map((value, round) => value / (row.against?.values[round] ?? Number.NaN))
  const result = { median: median(values), low: Math.min(...values), high: Math.max(...values) }
  if (row.bar === undefined) return { ...row, result }
  return { ...row, result, met: 'most' in row.bar ? result.median <= row.bar.most : result.median >= row.bar.least }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** Lets contestants run in turns, beginning with another one each round. `before` comes before each round, `between` before each of them. Returns the costs of each, round by round. */
export async function inTurns<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, () => Promise<Cost>>>,
  { before, between }: { readonly before?: () => Promise<unknown>; readonly between?: () => Promise<void> } = {},
): Promise<Record<Name, Cost[]>> {
  const names = Object.keys(contestants) as Name[]
  const costs = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Cost[]>
  for (let round = 0; round < rounds; round += 1) {
    await before?.()
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + turn) % names.length] as Name
      await settleDisk()
      await between?.()
      costs[name].push(await contestants[name]())
    }
  }
  return costs
}

/** Picks one kind of number out of several runs' costs. */
export const each = (costs: readonly Cost[], kind: Exclude<keyof Cost, 'memory'>): readonly number[] =>
  costs.map((cost) => cost[kind] ?? Number.NaN)
