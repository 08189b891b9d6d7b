/**
 * Markup that is safe wherever a text comes from. `html` is the only way to make markup: each value is escaped, unless it is markup itself.
 */

/** A piece of markup. */
export class Markup {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

/** A value in a template. `undefined`, `false` and `true` are left out; lists are joined. */
export type Value = string | number | boolean | undefined | Markup | readonly Value[]

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Characters that no HTML may hold, even escaped: a reader sees the sign for an unreadable character instead. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFDD0-\uFDEF\uFFFE\uFFFF]/gu

/** Escapes a text for an element or a quoted attribute. Lone halves of surrogate pairs become the replacement character. */
export const escapeText = (text: string): string =>
  text
    .toWellFormed()
    .replace(FORBIDDEN, '\uFFFD')
    .replace(/[&<>"']/g, (c) => ESCAPES[c] ?? c)

const render = (value: Value): string => {
  if (value === undefined || typeof value === 'boolean') return ''
  if (value instanceof Markup) return value.toString()
  if (typeof value === 'object') return value.map(render).join('')
  return escapeText(String(value))
}

/** Makes markup from a template: html`<p>${text}</p>`. */
export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Markup =>
  new Markup(strings.reduce((text, string, index) => text + render(values[index - 1]) + string))
