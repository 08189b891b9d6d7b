import type { Fields } from './entity.ts'

/** The requested part of a list, after SmugMug's clamping (fact sheet 2.3). */
export interface PageRequest {
  /** 1-based. */
  readonly start: number
  readonly count: number
}

/** The number of items that a list gives by default, and at most. */
export interface PageLimits {
  readonly normal: number
  readonly most: number
}

/** Reads `start` and `count`; a senseless value counts as absent. */
export function pageRequest(start: string | undefined, count: string | undefined, limits: PageLimits): PageRequest {
  const asked = Number(count)
  const from = Number(start)
  return {
    start: Number.isInteger(from) && from >= 1 ? from : 1,
    count: Number.isInteger(asked) && asked >= 1 ? Math.min(asked, limits.most) : limits.normal,
  }
}

/** Returns the items of a page: indices from 0, empty when the page lies behind the end. */
export function pageRange(page: PageRequest, total: number): { readonly from: number; readonly to: number } {
  const from = Math.min(page.start - 1, total)
  return { from, to: Math.min(from + page.count, total) }
}

/**
 * Returns the `Pages` block. `accepted` are the pieces of the query that the endpoint understands, as sent: links keep those and lose
 * everything else, `_expand` and `_verbosity` included (fact sheet 0.2).
 */
export function pagesBlock(path: string, accepted: readonly string[], page: PageRequest, total: number): Fields {
  const { from, to } = pageRange(page, total)
  const link = (start: number): string => `${path}?${linkQuery(accepted, start, page.count)}`
  const previous = page.start - page.count
  return {
    Total: total,
    Start: page.start,
    Count: to - from,
    RequestedCount: page.count,
    FirstPage: link(1),
    // An empty list's last page starts at -99: the service's own formula.
    LastPage: link(Math.floor((total - 1) / page.count) * page.count + 1),
    ...(page.start > 1 && previous >= 1 ? { PrevPage: link(previous) } : {}),
    ...(to < total ? { NextPage: link(page.start + page.count) } : {}),
    ...((page.start - 1) % page.count === 0 ? {} : { Misaligned: true }),
  }
}

function linkQuery(accepted: readonly string[], start: number, count: number): string {
  const pieces = accepted.map((piece) => {
    if (piece.startsWith('start=')) return `start=${start}`
    return piece.startsWith('count=') ? `count=${count}` : piece
  })
  if (!pieces.some((piece) => piece.startsWith('start='))) pieces.push(`start=${start}`)
  if (!pieces.some((piece) => piece.startsWith('count='))) pieces.push(`count=${count}`)
  return pieces.join('&')
}
