import type { Fields } from './entity.ts'
import type { Behaviour, Fault } from './world.ts'

/** The effect of a fault. */
export type Harm = Fault['does']

/** Decides which requests fail, by counting the requests that each fault applies to. */
export class Faults {
  readonly #faults: readonly { readonly fault: Fault; seen: number }[]

  constructor(behaviour: Behaviour) {
    this.#faults = (behaviour.faults ?? []).map((fault) => ({ fault, seen: 0 }))
  }

  /** Returns the harm to this request: delays add up; of all other faults the first counts. */
  harm(request: { readonly endpoint: string; readonly url: string; readonly isApi: boolean; readonly isFile: boolean }): {
    readonly delayMs: number
    readonly harm?: Harm
    /** True: a change that meets it is not made. */
    readonly isUnapplied: boolean
  } {
    let delayMs = 0
    let harm: Harm | undefined
    let isUnapplied = false
    for (const rule of this.#faults) {
      const { on, match, nth, does, unapplied } = rule.fault
      const isMeant = on === request.endpoint || (on === 'any' && request.isApi) || (on === 'file' && request.isFile)
      if (!isMeant || (match !== undefined && !request.url.includes(match))) continue
      rule.seen += 1
      if (nth !== undefined && !(typeof nth === 'number' ? nth === rule.seen : nth.includes(rule.seen))) continue
      if (does.kind === 'delay') delayMs += does.ms
      else if (harm === undefined) {
        harm = does
        isUnapplied = unapplied ?? (does.kind === 'status' && does.status < 500)
      }
    }
    return { delayMs, isUnapplied, ...(harm === undefined ? {} : { harm }) }
  }
}

/** The maintenance page that the service's web server answers with. */
export const MAINTENANCE_HTML =
  '<!DOCTYPE html>\n<html><head><title>SmugMug: be right back</title></head><body><h1>We are down for maintenance</h1></body></html>\n'

/** Merges deeply; `null` removes; an object with numbered keys changes single items of a list. */
export function patch(target: unknown, change: unknown): unknown {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) return change
  if (Array.isArray(target)) {
    const items: unknown[] = [...target]
    for (const [index, value] of Object.entries(change).reverse()) {
      if (value === null) items.splice(Number(index), 1)
      else items[Number(index)] = patch(items[Number(index)], value)
    }
    return items
  }
  const result: Fields = typeof target === 'object' && target !== null ? { ...target } : {}
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete result[name]
    else result[name] = patch(result[name], value)
  }
  return result
}
