/** Chance that a seed decides: the same seed, the same campaign. */
export interface Chance {
  /** Returns a whole number from 0 up to, and without, `below`. */
  upTo(below: number): number
  /** Returns one of the list, which must not be empty. */
  of<T>(list: readonly T[]): T
}

/** Makes the chance of a seed (mulberry32). */
export function chanceOf(seed: number): Chance {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const upTo: Chance['upTo'] = (below) => Math.floor(next() * below)
  return {
    upTo,
    of: (list) => {
      const one = list[upTo(list.length)]
      if (one === undefined) throw new Error('There is nothing to choose from')
      return one
    },
  }
}

/** The seed that this campaign was started with. */
export const SEED = Number(process.env.SMUGMUG_CAMPAIGN_SEED ?? 1)

/** Is only a share of about a minute requested? */
export const IS_QUICK = Boolean(process.env.SMUGMUG_CAMPAIGN_QUICK)

/** Returns the first value for `npm test`, the second for a quick campaign, and the third for a whole one: for trials that all three have in common. */
export const byShare = <Value>(test: Value, quick: Value, whole: Value): Value => {
  if (process.env.SMUGMUG_CAMPAIGN_SEED === undefined) return test
  return IS_QUICK ? quick : whole
}
