import type { Group } from '../layout.ts'
import type { Shot } from './library.ts'
import type { Standing } from './shelf.ts'

/** The facts of an item that a grid shows. */
export type GridShot = Pick<Shot, 'name' | 'isVideo' | 'picture' | 'page'> & {
  /** True for an item that the backup does not hold. */
  readonly isMissing?: boolean
}

/** The items of a grid. */
export interface GridSource {
  readonly count: number
  /** Each group with the text of its heading. */
  readonly groups: readonly (Group & { readonly title: string })[]
  ratio(item: number): number
  /** Returns an item if it is here; else calls `then` when it has come. */
  shot(item: number, then: () => void): GridShot | undefined
}

/** A photo or a heading that is drawn. `isFilled`: it has its picture and its link. */
export interface Drawn extends Standing {
  isFilled: boolean
}

/** The acts of a grid. */
export interface GridOptions {
  /** Called with the item that was clicked. */
  open(item: number): void
  /** True for a grid that is a part of the page and scrolls with it; it must be lower than browsers allow. */
  readonly isInPage?: boolean
}

/** Returns the item that a part of the grid belongs to. */
export function itemOf(target: EventTarget | null): number | undefined {
  const shot = target instanceof Element ? target.closest<HTMLElement>('[data-item]') : null
  return shot === null ? undefined : Number(shot.dataset.item)
}
