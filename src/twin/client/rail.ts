import { el } from './el.ts'
import type { Grid } from './grid.ts'

/** The least distance between two years on the rail, in pixels. */
const APART = 18

/** Makes the rail of years beside a grid: any month is one press away. It needs no focus, because the keys scroll the grid. */
export function makeRail(grid: Grid, labelOf: (group: number) => string): HTMLElement {
  const mark = el('i')
  const bubble = el('b', { hidden: true })
  const rail = el('div', { className: 'rail', 'aria-hidden': 'true' }, mark, bubble)
  let drawnHeight = 0
  const drawYears = (): void => {
    drawnHeight = grid.height
    const labels: Node[] = []
    let [last, lowest] = ['', -APART]
    for (const [n, y] of grid.headings.entries()) {
      const label = labelOf(n)
      const at = (y / grid.height) * rail.clientHeight
      if (label === last || at - lowest < APART) continue
      last = label
      lowest = at
      labels.push(el('span', { style: `top:${Math.max(9, at)}px` }, label))
    }
    rail.replaceChildren(mark, bubble, ...labels)
  }
  const move = (): void => {
    if (grid.height !== drawnHeight) drawYears()
    const at = `${(grid.top / Math.max(1, grid.height)) * rail.clientHeight}px`
    mark.style.top = at
    bubble.style.top = at
    bubble.textContent = grid.groups[grid.groupAtTop]?.title ?? ''
  }
  const drag = (event: PointerEvent): void => {
    const { top, height } = rail.getBoundingClientRect()
    grid.jump(((event.clientY - top) / height) * grid.height, true)
  }
  rail.addEventListener('pointerdown', (event) => {
    rail.setPointerCapture(event.pointerId)
    bubble.hidden = false
    drag(event)
  })
  rail.addEventListener('pointermove', (event) => {
    if (rail.hasPointerCapture(event.pointerId)) drag(event)
  })
  rail.addEventListener('lostpointercapture', () => {
    bubble.hidden = true
  })
  grid.onMove(move)
  return rail
}
