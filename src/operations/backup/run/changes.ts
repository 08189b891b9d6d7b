import type { Album } from '../../../model.ts'
import type { FileRow, ItemRow } from '../../../vault/catalogue/rows.ts'
import type { AlbumUnderWay, Job } from './album-under-way.ts'

/** A copy whose source may turn out to have left its album: then it was a move. */
export interface MaybeMoved {
  readonly from: FileRow
  /** Reports the item's one outcome, once that is known. */
  conclude(kind: 'moved' | 'copied'): void
}

/** Fewer than this many are never a sudden mass change. */
const ALWAYS_PLAUSIBLE = 20

/** Facts of the safety brake. */
export interface BrakeFacts {
  /** Items held before the run. */
  readonly heldBefore: number
  /** The vault was made from another account. */
  readonly otherAccount: boolean
  /** A share, 0 to 1. */
  readonly maxVanished: number
  /** The person accepts any change. */
  readonly acceptChanges: boolean
}

/**
 * Collects the items that departed, arrived and wait in one run. At the end, an image that left one album and came to another has moved;
 * all others that departed have vanished. Vanishing and replacing wait for each other, because the brake judges them together.
 */
export class Changes {
  readonly #departed = new Map<string, ItemRow[]>()
  readonly #arrived = new Set<string>()
  readonly #brake: BrakeFacts
  /** Replacements, until it is known that they are not too many to be believed. */
  readonly waiting: Job[] = []
  /** Collected items under `collected = "skip"`, until it is known what is held elsewhere. */
  readonly collected: Job[] = []
  /** Copies that turn out to be moves if their source is gone from its album by the end. */
  readonly maybeMoved: MaybeMoved[] = []
  /**
   * Albums that have changed and whose items are not all known: an item that departed may be there. By key, with their count and dates as one
   * text; undefined if those do not show each change.
   */
  readonly unlisted = new Map<string, string | undefined>()
  /** Albums that are finished except for items that departed or wait. */
  readonly unsettled: AlbumUnderWay[] = []

  constructor(brake: BrakeFacts) {
    this.#brake = brake
  }

  get heldBefore(): number {
    return this.#brake.heldBefore
  }

  get otherAccount(): boolean {
    return this.#brake.otherAccount
  }

  /** Notes items that a complete listing of their album lacks, or whose album is gone. */
  depart(rows: Iterable<ItemRow>): void {
    for (const row of rows) {
      const others = this.#departed.get(row.imageKey)
      if (others === undefined) this.#departed.set(row.imageKey, [row])
      else others.push(row)
    }
  }

  /** Notes an album that has changed and whose items are not all known. */
  unlist({ key, imageCount, lastUpdated, imagesLastUpdated }: Album): void {
    const isDated = imageCount !== undefined && (lastUpdated ?? imagesLastUpdated) !== undefined
    this.unlisted.set(key, isDated ? [key, imageCount, lastUpdated, imagesLastUpdated].join(' ') : undefined)
  }

  /** Every departed item. */
  get departed(): readonly ItemRow[] {
    return [...this.#departed.values()].flat()
  }

  /** Has the file's item departed from the file's album? */
  hasDeparted(file: Pick<FileRow, 'imageKey' | 'albumKey'>): boolean {
    return this.#departed.get(file.imageKey)?.some((row) => row.albumKey === file.albumKey) ?? false
  }

  /** Notes that an image came to a new album in this run and has, or had, another one. */
  arrive(imageKey: string): void {
    this.#arrived.add(imageKey)
  }

  hasArrived(imageKey: string): boolean {
    return this.#arrived.has(imageKey)
  }

  /**
   * Is this loss too large to be the photographer's wish, rather than a mistake, an intruder or a wrong account? `lost` counts items that
   * would vanish or be replaced; renames and moves do not count.
   */
  isTooMuch(lost: number): boolean {
    const { acceptChanges, heldBefore, maxVanished } = this.#brake
    return !acceptChanges && lost > ALWAYS_PLAUSIBLE && lost > heldBefore * maxVanished
  }

  /** Must the items that departed or wait be left alone until a person accepts the change? Another account brakes at the first item. */
  mustBrake(lost: number): boolean {
    return lost > 0 && !this.#brake.acceptChanges && (this.#brake.otherAccount || this.isTooMuch(lost))
  }
}
