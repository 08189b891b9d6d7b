import { formatNumber } from '../../events.ts'
import { formatBytes } from '../../progress/format.ts'
import { measureText, shortMeasure, timeLeftText } from '../../progress/measure.ts'
import { amountOf, doingOf, outageText, phaseOf, waitText } from '../../progress/phase.ts'
import { printable } from '../../progress/printable.ts'
import type { RunView } from '../../progress/run-view.ts'
import type { Transfer } from '../../progress/transfers.ts'
import { displayWidth, truncateEnd, truncateStart, wrapped } from './width.ts'

/** The terminal that a display is drawn on. */
export interface Screen {
  readonly write: (text: string) => void
  /** Read anew for each frame: windows change. */
  readonly columns: () => number
  readonly rows: () => number
  /** Calls repeatedly until the returned function is called; must not keep the program running. */
  readonly every: (milliseconds: number, call: () => void) => () => void
}

/** A few steady lines at the bottom of a terminal, redrawn in place, with text scrolling by above them. */
export interface Display {
  /** Prints a line above; it appears with the next frame, and at once after the end. */
  print(line: string): void
  /** Removes the display, prints the lines that wait, and shows the cursor again. Does nothing the second time. */
  close(): void
}

const FRAME = 100
const FILES = 3
/** Waits shown at most, and outages: there are two hosts, the API and the photos. */
const OBSTACLES = 2
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const CLEAR_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'
const up = (rows: number): string => (rows === 0 ? '\r' : `\r\x1b[${rows}A`)

interface Part {
  readonly text: string
  /** The same for a window in which not even the indispensable parts fit. */
  readonly short?: string
  /** The parts with the highest number are left out first. */
  readonly dispensable: number
}

const joined = (parts: readonly Part[]): string => parts.map((part) => part.text).join(' · ')

/** The parts up to this number are rather shortened than left out. */
const WANTED = 1

/** Returns as many of the parts as fit, in their order. */
const fit = (parts: readonly Part[], columns: number): string => {
  let left = parts
  while (left.length > 1 && displayWidth(joined(left)) > columns) {
    const most = Math.max(...left.map((part) => part.dispensable))
    if (most <= WANTED && left.some(({ short }) => short !== undefined)) left = left.map(shortened)
    else left = left.filter((part) => part.dispensable < most)
  }
  return truncateEnd(joined(displayWidth(joined(left)) > columns ? left.map(shortened) : left), columns)
}

const shortened = ({ text, short, dispensable }: Part): Part => ({ text: short ?? text, dispensable })

/** Returns `12/56`, or the count alone when the total is unknown or too small. */
const ratio = (done: number, total: number | undefined): string =>
  total === undefined || total < done ? formatNumber(done) : `${formatNumber(done)}/${formatNumber(total)}`

const counters = (view: RunView): readonly Part[] => {
  const { albums, items } = view
  const { measure } = view
  const progress = measure && { text: measureText(measure), short: shortMeasure(measure), dispensable: 0 }
  const failed = view.failed === 0 ? [] : [{ text: `${formatNumber(view.failed)} failed so far`, dispensable: 3 }]
  if (progress !== undefined && albums.total === undefined) return [progress]
  return [
    ...(albums.total === undefined
      ? []
      : [{ text: `${ratio(albums.done, albums.total)} albums`, dispensable: progress === undefined ? 3 : 6 }]),
    ...(items.done === 0 && items.total === undefined
      ? []
      : [{ text: `${ratio(items.done, items.total)} items`, dispensable: progress === undefined ? 0 : 5 }]),
    ...(progress === undefined ? [] : [progress]),
    ...failed,
  ]
}

const headline = (view: RunView, columns: number): string => {
  const speed = view.speed()
  const remaining = view.remaining()
  const counted = counters(view)
  return fit(
    [
      { text: doingOf(view.operation), dispensable: counted.length === 0 ? 0 : 2 },
      ...counted,
      ...(view.bytes === 0 || view.measure !== undefined ? [] : [{ text: formatBytes(view.bytes), dispensable: 5 }]),
      ...(speed === undefined ? [] : [{ text: `${formatBytes(Math.round(speed))}/s`, dispensable: 4 }]),
      ...(remaining === undefined ? [] : [{ text: timeLeftText(remaining), dispensable: 1 }]),
    ],
    columns,
  )
}

const transferLine = ({ path, received, size }: Transfer, columns: number): string => {
  const amount = amountOf(received, size)
  const room = columns - 2 - amount.length - 2
  return room < 12 ? `  ${truncateStart(printable(path), columns - 2)}` : `  ${truncateStart(printable(path), room)}  ${amount}`
}

/** Returns the line of the files that have no line of their own: those on their way, and those asked for. */
const restLine = (view: RunView, shown: number): readonly string[] => {
  const more = view.underWay - shown
  const parts = [
    ...(more > 0 ? [`${formatNumber(more)} more on their way`] : []),
    ...(view.asked > 0 ? [`${formatNumber(view.asked)} asked for`] : []),
  ]
  return parts.length === 0 ? [] : [`  ${parts.join(' · ')}`]
}

/** Returns the display's lines: the progress, then what holds it up, then the present activity. None is wider than `columns`. */
export const displayLines = (view: RunView, columns: number, rows = 24): readonly string[] => {
  const obstacles = [
    ...view.waits.slice(0, OBSTACLES).map((wait) => waitText(wait, view.now())),
    ...view.outages.slice(0, OBSTACLES).map(outageText),
  ]
  const transfers = view.transfers(FILES)
  const activity = [...transfers.map((transfer) => transferLine(transfer, columns)), ...restLine(view, transfers.length)]
  const phase = activity.length > 0 || obstacles.length > 0 ? undefined : phaseOf(view)
  const now = [
    ...obstacles.flatMap((text) => wrapped(`  ${printable(text)}`, columns)),
    ...activity,
    ...(phase === undefined ? [] : wrapped(`  ${printable(phase)}`, columns)),
  ]
  return [headline(view, columns), ...now].slice(0, Math.max(1, rows - 1)).map((line) => truncateEnd(line, columns))
}

/** Draws at once, and from then on at most ten times a second. */
export const openDisplay = (view: RunView, screen: Screen): Display => {
  let drawn: readonly string[] = []
  let pending: string[] = []
  let open = true
  // A line drawn before the window became narrower now takes several rows.
  const rowsDrawn = (columns: number): number =>
    drawn.reduce((rows, line) => rows + Math.max(1, Math.ceil(displayWidth(line) / Math.max(1, columns))), 0)

  const draw = (lines: readonly string[]): void => {
    const columns = screen.columns()
    const unchanged = pending.length === 0 && lines.length === drawn.length && lines.every((line, index) => line === drawn[index])
    if (unchanged && rowsDrawn(columns) === lines.length) return
    // Overwriting in place, and clearing only the remainder, does not flicker. The cursor rests below the last line.
    const printed = pending.map((line) => `${line}${CLEAR_LINE}\n`)
    const frame = lines.map((line) => `${line}${CLEAR_LINE}\n`)
    screen.write([up(rowsDrawn(columns)), ...printed, ...frame, CLEAR_BELOW].join(''))
    pending = []
    drawn = lines
  }
  const frame = (): void => {
    // The last column stays empty: writing there makes some terminals wrap.
    draw(displayLines(view, Math.max(10, screen.columns() - 1), screen.rows()))
  }

  screen.write(HIDE_CURSOR)
  // The operation is loaded after this.
  frame()
  const stop = screen.every(FRAME, frame)
  return {
    print: (line) => {
      if (open) pending.push(line)
      else screen.write(`${line}\n`)
    },
    close: () => {
      if (!open) return
      open = false
      stop()
      draw([])
      screen.write(SHOW_CURSOR)
    },
  }
}
