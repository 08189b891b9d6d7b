// biome-ignore-all lint/suspicious/noControlCharactersInRegex: control characters are what a terminal is about.
import { displayWidth } from '../../src/cli/reporters/width.ts'

/** A terminal that understands the few control codes that we write, and refuses all others. Lines that scroll off at the top are kept. */
export class VirtualScreen {
  #rows: string[][] = [[]]
  #row = 0
  #column = 0
  columns: number
  cursorVisible = true
  /** Everything that was written, unchanged. */
  written = ''

  constructor(columns = 80) {
    this.columns = columns
  }

  /** The lines on the screen, without empty ones at the end. */
  get lines(): readonly string[] {
    const lines = this.#rows.map((cells) => cells.join('').trimEnd())
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1)
  }

  write(text: string): void {
    this.written += text
    for (const [token] of text.matchAll(/\x1b\[\??[\d;]*[A-Za-z]|[^\x1b]/gu)) {
      if (token.startsWith('\x1b')) this.#obey(token)
      else if (token === '\r') this.#column = 0
      else if (token === '\n') this.#lineFeed()
      else this.#print(token)
    }
  }

  /** Makes the window narrower or wider, and wraps the lines anew. */
  resize(columns: number): void {
    const text = this.#rows.map((cells) => cells.join(''))
    const [above, below] = [text.slice(0, this.#row), text.slice(this.#row)]
    const wrap = (line: string): string[][] => {
      const rows: string[][] = [[]]
      for (const character of line) {
        const row = rows.at(-1) ?? []
        if (displayWidth(character) === 0) row[row.length - 1] += character
        else if (row.length + displayWidth(character) > columns) rows.push([character])
        else row.push(character)
        if (displayWidth(character) === 2) rows.at(-1)?.push('')
      }
      return rows
    }
    const rowsAbove = above.flatMap(wrap)
    this.#rows = [...rowsAbove, ...below.flatMap(wrap)]
    this.#row = rowsAbove.length
    this.columns = columns
  }

  #print(character: string): void {
    const width = displayWidth(character)
    if (this.#column + width > this.columns) this.#lineFeed()
    const cells = this.#rows[this.#row] ?? []
    if (width === 0) {
      cells[this.#column - 1] = (cells[this.#column - 1] ?? '') + character
      return
    }
    while (cells.length < this.#column) cells.push(' ')
    cells[this.#column] = character
    if (width === 2) cells[this.#column + 1] = ''
    this.#column += width
  }

  #lineFeed(): void {
    this.#row++
    this.#column = 0
    this.#rows[this.#row] ??= []
  }

  #obey(code: string): void {
    if (code === '\x1b[?25l') this.cursorVisible = false
    else if (code === '\x1b[?25h') this.cursorVisible = true
    else if (code === '\x1b[K') this.#rows[this.#row]?.splice(this.#column)
    else if (code === '\x1b[J') {
      this.#rows[this.#row]?.splice(this.#column)
      this.#rows.splice(this.#row + 1)
    } else if (/^\x1b\[\d+A$/.test(code)) this.#row = Math.max(0, this.#row - Number.parseInt(code.slice(2), 10))
    else throw new Error(`unexpected control code ${JSON.stringify(code)}`)
  }
}
