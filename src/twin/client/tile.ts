import { endingOf } from '../formats.ts'
import { el } from './el.ts'

/** Returns the tile of an item without a picture: its name, and the kind of file that it is or the word that it is missing. */
export const instead = ({
  name,
  isVideo,
  isMissing = false,
}: {
  readonly name: string
  readonly isVideo: boolean
  readonly isMissing?: boolean
}): HTMLElement =>
  el(
    'span',
    { className: 'none' },
    el('b', { dir: 'auto' }, name),
    el('small', {}, isMissing ? 'not in this backup' : `${endingOf(name)} ${isVideo ? 'video' : 'photo'}`.trim()),
  )
