import { timeWords } from '../dates.ts'
import type { ItemWords } from '../format.ts'
import type { BoxShot } from './box.ts'
import { el } from './el.ts'

/** Returns everything known about a photo, for the side of the box. */
export function about(shot: BoxShot, words: ItemWords, count: string): readonly Node[] {
  const { title, caption, keywords = [], taken, place, facts = [] } = words
  const rows: readonly (readonly [string, string | Node])[] = [
    ...(taken === undefined ? [] : [['Taken', el('time', { dateTime: taken }, timeWords(taken))] as const]),
    ...(place === undefined ? [] : [['Place', place] as const]),
    ...facts,
    ['File', shot.name],
  ]
  return [
    el('p', { className: 'count' }, count),
    el('h2', { dir: 'auto' }, title ?? shot.name),
    ...(caption === undefined ? [] : [el('p', { className: 'caption', dir: 'auto' }, caption)]),
    ...(keywords.length === 0 ? [] : [el('ul', { className: 'keywords' }, ...keywords.map((word) => el('li', { dir: 'auto' }, word)))]),
    ...(shot.note === undefined ? [] : [el('p', { className: 'note', dir: 'auto' }, shot.note)]),
    el('dl', {}, ...rows.flatMap(([name, value]) => [el('dt', {}, name), el('dd', { dir: 'auto' }, value)])),
    ...(shot.page === undefined ? [] : [el('p', {}, el('a', { href: shot.page, dir: 'auto' }, shot.album ?? 'Its album'))]),
    ...(shot.file === undefined ? [] : [el('p', {}, el('a', { href: shot.file, className: 'original' }, 'Open the original'))]),
  ]
}
