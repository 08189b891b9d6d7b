/**
 * Draws captured terminal text (plain, or with the usual ANSI colours) as a picture of a terminal window:
 * `node scripts/terminal-to-svg.ts --title 'smugmug-backup demo' run.txt > docs/picture-of-a-run.svg`.
 * Each line is drawn in its last state: `\r` begins it anew, as progress bars do.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** The look of a stretch of text. */
interface Look {
  readonly colour?: string
  readonly bold?: boolean
  readonly dim?: boolean
  readonly underline?: boolean
}

interface Stretch extends Look {
  readonly text: string
}

const background = '#1b1f27'
const foreground = '#d6dbe5'
const basic = ['#5c6470', '#f2777a', '#8fd694', '#f0c674', '#7fb2f0', '#d39be8', '#6fd3d3', '#d6dbe5']
const bright = ['#8a93a1', '#ff9da0', '#b5efb8', '#ffe0a3', '#a9ceff', '#eabfff', '#9bf0f0', '#ffffff']

const font = { size: 14, width: 8.43, line: 20 } as const
const margin = { side: 20, top: 54, bottom: 20 } as const

/** Returns a colour of the 256-colour table: 16 named ones, a 6×6×6 cube, 24 greys. */
function indexed(index: number): string {
  if (index < 16) return (index < 8 ? basic[index] : bright[index - 8]) ?? foreground
  if (index > 231) return rgb(8 + (index - 232) * 10, 8 + (index - 232) * 10, 8 + (index - 232) * 10)
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40)
  const cube = index - 16
  return rgb(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6))
}

const rgb = (...parts: readonly number[]): string => `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`

/** Applies one `ESC [ … m` sequence; ignores unknown codes, such as a background. */
function restyle(look: Look, codes: readonly number[]): Look {
  const [code = 0, ...rest] = codes
  const after = (next: Look, skip = 0): Look => (rest.length > skip ? restyle(next, rest.slice(skip)) : next)
  if (code === 0) return after({})
  if (code === 1) return after({ ...look, bold: true })
  if (code === 2) return after({ ...look, dim: true })
  if (code === 4) return after({ ...look, underline: true })
  if (code === 22) return after({ ...look, bold: false, dim: false })
  if (code === 24) return after({ ...look, underline: false })
  if (code >= 30 && code <= 37) return after({ ...look, colour: indexed(code - 30) })
  if (code >= 90 && code <= 97) return after({ ...look, colour: indexed(code - 82) })
  if (code === 39) return after({ ...look, colour: foreground })
  if (code === 38 || code === 48) {
    const colour = rest[0] === 5 ? indexed(rest[1] ?? 7) : rgb(...rest.slice(1, 4))
    return after(code === 38 ? { ...look, colour } : look, rest[0] === 5 ? 2 : 4)
  }
  return after(look)
}

/** Splits the lines of a capture into stretches of one look each. */
function parse(capture: string): readonly (readonly Stretch[])[] {
  let look: Look = {}
  return capture
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => {
      const stretches: Stretch[] = []
      const standing = line.slice(line.replace(/\r+$/, '').lastIndexOf('\r') + 1)
      for (const [, sequence, text] of standing.matchAll(/\p{Cc}\[([0-9;?]*[A-Za-z])|([^\p{Cc}]+|\p{Cc})/gu)) {
        if (sequence?.endsWith('m')) look = restyle(look, sequence.slice(0, -1).split(';').map(Number))
        const shown = text?.replaceAll('\t', '        ').replace(/\p{Cc}/gu, '')
        if (shown) stretches.push({ ...look, text: shown })
      }
      return stretches
    })
}

/** Replaces each space by one that no renderer collapses. */
const unbroken = (text: string): string => text.replaceAll(' ', '\u00a0')

const escaped = (text: string): string => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)

/** Draws a line. Every stretch has its own position and length, so that columns align in any monospaced font. */
function drawLine(line: readonly Stretch[], y: number): string {
  let column = 0
  const spans = line.map((stretch) => {
    const x = margin.side + column * font.width
    const columns = [...stretch.text].length
    column += columns
    if (stretch.text.trim() === '') return ''
    const looks = [
      stretch.colour && stretch.colour !== foreground ? ` fill="${stretch.colour}"` : '',
      stretch.bold ? ' font-weight="bold"' : '',
      stretch.dim ? ' opacity="0.6"' : '',
      stretch.underline ? ' text-decoration="underline"' : '',
    ]
    return `<text x="${round(x)}" y="${y}" textLength="${round(columns * font.width)}"${looks.join('')}>${unbroken(escaped(stretch.text))}</text>`
  })
  return spans.join('')
}

const round = (value: number): number => Math.round(value * 100) / 100

/** Draws a capture as SVG. `title` stands in the window's bar. */
export function terminalToSvg(capture: string, title: string): string {
  const lines = parse(capture)
  const columns = Math.max(40, ...lines.map((line) => line.reduce((sum, { text }) => sum + [...text].length, 0)))
  const width = Math.ceil(columns * font.width + 2 * margin.side)
  const height = margin.top + lines.length * font.line + margin.bottom
  const body = lines.map((line, index) => drawLine(line, margin.top + (index + 1) * font.line - 6)).filter((line) => line !== '')
  const lights = ['#ff6159', '#ffbd2e', '#28c941'].map((fill, index) => `<circle cx="${22 + index * 20}" cy="21" r="6" fill="${fill}"/>`)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${width}" height="${height}" rx="10" fill="${background}"/>`,
    `<path d="M0 42V10A10 10 0 0 1 10 0H${width - 10}A10 10 0 0 1 ${width} 10V42Z" fill="#2a303b"/>`,
    ...lights,
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="${font.size}" fill="${foreground}">`,
    `<text x="${width / 2}" y="26" text-anchor="middle" font-size="13" opacity="0.7">${escaped(title)}</text>`,
    ...body,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({ options: { title: { type: 'string', default: 'smugmug-backup' } }, allowPositionals: true })
  process.stdout.write(terminalToSvg(readFileSync(positionals[0] ?? 0, 'utf8'), values.title))
}
