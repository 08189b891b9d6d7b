import { tileWords } from '../formats.ts'
import { el } from './el.ts'

/** Returns the tile of an item without a picture: its name, and what is said of it. */
export const instead = ({
  name,
  isVideo,
  isMissing = false,
  note,
}: {
  readonly name: string
  readonly isVideo: boolean
  readonly isMissing?: boolean
  readonly note?: string
}): HTMLElement =>
  el('span', { className: 'none' }, el('b', { dir: 'auto' }, name), el('small', {}, tileWords({ name, isVideo, isHeld: !isMissing, note })))
