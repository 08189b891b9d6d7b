import { type Judged, median } from './measure.ts'

/** The result of one scenario. */
export interface Measured {
  readonly number: number
  readonly title: string
  /** ISO date. */
  readonly at: string
  /** The measured program: version and commit. */
  readonly program: string
  /** The machine, in words, and how busy it was when the scenario began. */
  readonly machine: string
  readonly rows: readonly Judged[]
}

/** The machine of the measurement. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly disk: string
  readonly node: string
  readonly nginx: string
}

/** Returns a table in Markdown, the same in the terminal and in the page. */
export function tableOf({ number, title, at, program, machine, rows }: Measured): string {
  const lines = rows.map((row) => [row.what, oursOf(row), againstOf(row), resultOf(row), barOf(row)])
  const head = ['', 'ours', 'against', 'result (lowest–highest)', 'bar']
  const table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`)
  const rounds = Math.max(...rows.map((row) => row.ours.length))
  const times = rounds === 1 ? 'one round' : `${rounds} rounds`
  return [`### ${number}. ${title}`, '', ...table, '', `${at.slice(0, 10)}, ${times}, ${program}. ${machine}`, ''].join('\n')
}

export const machineText = (machine: Machine): string =>
  `${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB; ${machine.system}, ${machine.disk}; Node ${machine.node}, ${machine.nginx}.`

const oursOf = (row: Judged): string => `${inWords(median(row.ours))} ${row.unit}`

const againstOf = ({ against, unit }: Judged): string =>
  against === undefined ? '' : `${against.name}: ${inWords(median(against.values))} ${unit}`

function resultOf({ against, result }: Judged): string {
  if (against === undefined && result.low === result.high) return ''
  const range = result.low === result.high ? '' : ` (${inWords(result.low)}–${inWords(result.high)})`
  return `${against === undefined ? '' : '× '}${inWords(result.median)}${range}`
}

function barOf({ bar, met }: Judged): string {
  if (bar === undefined) return ''
  return `${'most' in bar ? `≤ ${bar.most}` : `≥ ${bar.least}`}: ${met ? 'met' : '**not met**'}`
}

const inWords = (value: number): string =>
  Number.isInteger(value) || value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(value >= 10 ? 3 : 2)
