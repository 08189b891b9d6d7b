/** Reads the repository's Markdown for the tests of the manual. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')

export const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** Returns every file of the repository: tracked, or new and not ignored; with `/`, sorted. */
export function repositoryFiles(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
    cwd: root,
    encoding: 'utf8',
  })
  const gone = execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: root, encoding: 'utf8' }).split('\0')
  return listed
    .split('\0')
    .filter((path) => path !== '' && !gone.includes(path))
    .toSorted()
}

/** A page of Markdown, taken apart. */
export interface Page {
  readonly path: string
  /** Without code blocks and code spans. */
  readonly prose: string
  readonly blocks: readonly { readonly language: string; readonly text: string }[]
  readonly spans: readonly string[]
  /** Fragments that a link may point at, as GitHub makes them from headings. */
  readonly anchors: ReadonlySet<string>
  readonly sections: readonly { readonly title: string; readonly text: string }[]
}

/** Takes a page apart. */
export function parsePage(path: string, text: string): Page {
  const blocks: { language: string; text: string }[] = []
  const open = text.replace(
    /^([ \t]*)(```+|~~~+)(\w*)[^\n]*\n([\s\S]*?)^[ \t]*\2[ \t]*$/gm,
    (_, _indent: string, _fence: string, language: string, body: string) => {
      blocks.push({ language, text: body })
      return ''
    },
  )
  const spans: string[] = []
  const prose = open.replace(/(`+)([^`]|[^`][\s\S]*?[^`])\1(?!`)/g, (_, _ticks: string, body: string) => {
    spans.push(body.trim())
    return ''
  })
  return { path, prose, blocks, spans, anchors: anchorsOf(open), sections: sectionsOf(text) }
}

function anchorsOf(open: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const anchors = new Set<string>()
  for (const [, title = ''] of open.matchAll(/^#{1,6}[ \t]+(.+?)[ \t]*#*$/gm)) {
    const slug = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-')
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    anchors.add(before === 0 ? slug : `${slug}-${before}`)
  }
  for (const [, id = ''] of open.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id)
  return anchors
}

/** Splits a page at every heading, code included; a section ends at the next heading of any level. */
function sectionsOf(text: string): readonly { readonly title: string; readonly text: string }[] {
  const sections: { title: string; text: string }[] = [{ title: '', text: '' }]
  let fenced = false
  for (const line of text.split('\n')) {
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced
    const title = fenced ? undefined : /^#{1,6}\s+(.+)$/.exec(line)?.[1]
    if (title === undefined) (sections.at(-1) ?? { text: '' }).text += `${line}\n`
    else sections.push({ title: title.replaceAll('`', ''), text: '' })
  }
  return sections
}

/** Returns the targets of the page's links and pictures, as written, without those on other sites. */
export function localLinks(page: Page): readonly string[] {
  const forms = [/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g, /^\s*\[[^\]]+\]:\s*(\S+)/gm, /<(?:img|a)\b[^>]*\b(?:src|href)="([^"]+)"/g]
  return forms
    .flatMap((form) => [...page.prose.matchAll(form)].map((match) => match[1] ?? ''))
    .filter((target) => !/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(target))
}

/** Returns the lines of shell in a page: of its code blocks (continuations joined, prompts removed), and its code spans. */
export function shellLines(page: Page): readonly string[] {
  const blocks = page.blocks.filter(({ language }) => ['', 'sh', 'bash', 'shell', 'console', 'text', 'cron', 'crontab'].includes(language))
  const lines = blocks.flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'))
  return [...lines, ...page.spans].map((line) => line.replace(/^\s*\$ /, '').trim())
}

/** Returns the examples of docs/library.md as whole programs: the settings of the first one stand above each of the others. */
export function libraryExamples(): readonly string[] {
  const blocks = parsePage('docs/library.md', read('docs/library.md')).blocks.filter(({ language }) => language === 'ts')
  const [settings] = /^const settings = \{\n[^}]*\}\n/m.exec(blocks[0]?.text ?? '') ?? []
  assert.ok(settings !== undefined && blocks.length >= 10, 'docs/library.md begins with settings, and has an example of each operation')
  return blocks.map(({ text }) => (text.includes(settings) ? text : `${settings}${text}`))
}
