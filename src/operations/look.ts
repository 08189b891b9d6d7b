import * as v from 'valibot'
import type { Catalogue } from '../vault/catalogue/catalogue.ts'
import { COUNT, parseJson, RecordError } from '../vault/record/read-json.ts'

/** The account as the last complete album list showed it, whatever part of it that run was about. */
export interface Look {
  /** SmugMug's own count of the items of each album, by key; null where SmugMug gave none. */
  readonly counted: Readonly<Record<string, number | null>>
  /** Albums that the run was not about, and that have changed since they were listed. */
  readonly changed: number
}

/** The form of a look, in the catalogue and in `state.json`. */
export const LOOK = v.object({ counted: v.record(v.string(), v.nullable(COUNT)), changed: COUNT })

const KEY = 'look'

/** Returns the last look at the account; undefined if there was none. */
export function readLook(catalogue: Catalogue): Look | undefined {
  const text = catalogue.meta(KEY)
  try {
    return text === undefined ? undefined : parseJson(text, LOOK)
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return undefined
  }
}

/** Notes a look at the account. */
export function noteLook(catalogue: Catalogue, look: Look): void {
  const text = JSON.stringify(look)
  if (catalogue.meta(KEY) !== text) catalogue.setMeta(KEY, text)
}
