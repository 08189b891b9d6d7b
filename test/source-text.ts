/** Reads TypeScript as text, as far as the tests need it: TypeScript 7 offers no parser yet. */

/**
 * Blanks out comments, and the contents of strings and regular expressions; positions stay.
 * The expressions inside a template literal stay code.
 */
export const blank = (source: string): string => scan(source).bare

/** A comment of a source. */
interface Comment {
  /** The words on one line, without the marks of a comment. */
  readonly text: string
  /** Does it document a declaration? */
  readonly isDoc: boolean
}

/** Returns every comment of a source; consecutive line comments are one. */
export function commentsOf(source: string): readonly Comment[] {
  const found: { text: string; isDoc: boolean; end: number }[] = []
  for (const { from, end } of scan(source).comments) {
    const raw = source.slice(from, end)
    const isLine = raw.startsWith('//')
    const text = (isLine ? raw.slice(2) : raw.slice(2, -2).replace(/^[ \t]*\*+/gm, '')).replace(/\s+/g, ' ').trim()
    const last = found.at(-1)
    if (isLine && last?.isDoc === false && source.slice(last.end, from).trim() === '') {
      last.text += ` ${text}`
      last.end = end
    } else found.push({ text, isDoc: raw.startsWith('/**'), end })
  }
  return found
}

function scan(source: string): { readonly bare: string; readonly comments: readonly { readonly from: number; readonly end: number }[] } {
  const comments: { from: number; end: number }[] = []
  const out = source.split('')
  const wipe = (from: number, to: number): void => {
    for (let at = from; at < Math.min(to, out.length); at++) if (out[at] !== '\n') out[at] = ' '
  }
  const until = (end: RegExp, from: number): number => {
    end.lastIndex = from
    return end.exec(source)?.index ?? source.length
  }
  /** Depth of braces inside each open `${`. */
  const templates: number[] = []
  const template = (from: number): number => {
    let at = from
    while (at < source.length && source[at] !== '`' && !source.startsWith('${', at)) at += source[at] === '\\' ? 2 : 1
    wipe(from, at)
    if (source[at] === '`') return at + 1
    templates.push(0)
    return at + 2
  }
  let before = ''
  for (let at = 0; at < source.length; ) {
    const char = source.charAt(at)
    const depth = templates.at(-1)
    let end = at + 1
    if (source.startsWith('//', at)) {
      end = until(/\n/g, at)
      comments.push({ from: at, end })
      wipe(at, end)
      at = end
      continue
    }
    if (source.startsWith('/*', at)) {
      end = until(/\*\//g, at + 2) + 2
      comments.push({ from: at, end })
      wipe(at, end)
      at = end
      continue
    }
    if (char === "'" || char === '"') {
      while (end < source.length && source[end] !== char && source[end] !== '\n') end += source[end] === '\\' ? 2 : 1
      wipe(at + 1, end)
      end += 1
    } else if (char === '`') end = template(at + 1)
    else if (char === '/' && /(?:^|[([{,;=:!&|?+\-*%<>~^]|\b(?:return|typeof|case|of|in))$/.test(before)) {
      let inClass = false
      while (end < source.length && source[end] !== '\n' && (inClass || source[end] !== '/')) {
        if (source[end] === '[') inClass = true
        if (source[end] === ']') inClass = false
        end += source[end] === '\\' ? 2 : 1
      }
      wipe(at + 1, end)
      end += 1
    } else if (depth !== undefined && char === '{') templates[templates.length - 1] = depth + 1
    else if (depth !== undefined && char === '}') {
      if (depth > 0) templates[templates.length - 1] = depth - 1
      else {
        templates.pop()
        end = template(at + 1)
      }
    }
    if (!/\s/.test(char)) before = (before + char).slice(-8)
    at = end
  }
  return { bare: out.join(''), comments }
}

/** Returns every module a source names: import and export declarations, dynamic imports and imported types. `bare` is `blank(source)`. */
export function importsOf(source: string, bare: string): readonly string[] {
  const found: string[] = []
  const forms = [/\b(?:import|export)\b[^'"`;=()]*?\bfrom\s*(['"])/g, /\bimport\s*(['"])/g, /\bimport\s*\(\s*(['"])/g]
  for (const form of forms) {
    for (const match of bare.matchAll(form)) {
      const start = match.index + match[0].length
      found.push(source.slice(start, bare.indexOf(match[1] ?? '', start)))
    }
  }
  return found
}

/** A text in a source. */
export interface Literal {
  /** Its words; `…` stands for each expression in a template. */
  readonly text: string
  /** Its position. */
  readonly at: number
}

/** Returns every string and template of a source, those inside a template's expressions too. `bare` is `blank(source)`. */
export function literalsOf(source: string, bare: string): readonly Literal[] {
  const found: Literal[] = []
  /** Reads the literal that begins at `from`; returns where it ends. */
  const literal = (from: number): number => {
    const quote = bare[from]
    let text = ''
    let at = from + 1
    let piece = at
    while (at < bare.length && bare[at] !== quote) {
      if (quote === '`' && bare.startsWith('${', at)) {
        text += `${source.slice(piece, at)}…`
        at = code(at + 2)
        piece = at + 1
      }
      at += 1
    }
    found.push({ text: (text + source.slice(piece, at)).replace(/\\(.)/gs, (_, char: string) => (char === 'n' ? '\n' : char)), at: from })
    return at
  }
  /** Reads code until a brace closes what was open before `from`; returns where. */
  const code = (from: number): number => {
    let depth = 0
    for (let at = from; at < bare.length; at += 1) {
      const char = bare[at] ?? ''
      if (char === '{') depth += 1
      else if (char === '}' && --depth < 0) return at
      else if (/['"`]/.test(char)) at = literal(at)
    }
    return bare.length
  }
  code(0)
  return found
}
