/** A number over time. */
export interface Line {
  readonly name: string
  /** Samples: seconds since the start, and the number. */
  readonly points: readonly (readonly [number, number])[]
}

const SIZE = { width: 720, height: 320, left: 60, right: 16, top: 40, bottom: 48 }
const COLOURS = ['#1f6feb', '#d1580f', '#2da44e']

/** Draws lines over time as an SVG with its own axes and legend; a bar is a dashed line across. */
export function graph(title: string, unit: string, lines: readonly Line[], bar: number): string {
  const seconds = Math.max(1, ...lines.flatMap(({ points }) => points.map(([at]) => at)))
  const most = Math.max(bar, ...lines.flatMap(({ points }) => points.map(([, value]) => value))) * 1.1
  const inner = { width: SIZE.width - SIZE.left - SIZE.right, height: SIZE.height - SIZE.top - SIZE.bottom }
  const x = (at: number): string => (SIZE.left + (at / seconds) * inner.width).toFixed(1)
  const y = (value: number): string => (SIZE.top + (1 - value / most) * inner.height).toFixed(1)
  const text = (at: string, height: string | number, anchor: string, words: string): string =>
    `<text x="${at}" y="${height}" text-anchor="${anchor}">${words}</text>`
  const grid = steps(most).map(
    (value) => `<path d="M${x(0)} ${y(value)}H${x(seconds)}" stroke="#8886"/>${text(x(0), y(value), 'end', `${value} `)}`,
  )
  const minutes = steps(seconds / 60).map((minute) => text(x(minute * 60), SIZE.height - SIZE.bottom + 18, 'middle', String(minute)))
  const drawn = lines.map(({ name, points }, index) => {
    const colour = COLOURS[index % COLOURS.length]
    const path = points.map(([at, value]) => `${x(at)},${y(value)}`).join(' ')
    const label = `<text x="${SIZE.left + 12 + index * 160}" y="${SIZE.height - 8}" fill="${colour}">${name}</text>`
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>${label}`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="sans-serif" font-size="12" fill="#777">`,
    `<title>${title}</title>`,
    text(String(SIZE.left), 20, 'start', `${title}, ${unit} over minutes`),
    ...grid,
    ...minutes,
    `<path d="M${x(0)} ${y(bar)}H${x(seconds)}" stroke="#c33" stroke-dasharray="4 4"/>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n')
}

/** Returns round numbers from 0, at most seven. */
function steps(most: number): readonly number[] {
  const rough = most / 6
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => Number((index * step).toPrecision(6)))
}
