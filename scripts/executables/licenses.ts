/** Writes the licenses of all that is in an executable: most ask that their text goes with every copy. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Package, packagesIn } from './packages.ts'
import { root } from './workshop.ts'

/** Texts that go with a license but are not in every package that has it. The LGPL is the GPL with further permissions. */
const TEXTS: Readonly<Record<string, readonly string[]>> = { 'Apache-2.0': ['Apache-2.0'], 'LGPL-3.0-or-later': ['LGPL-3.0', 'GPL-3.0'] }

/** Returns the texts of all licenses: that of Node, those of the packages in an installation, and those of the data. `dist/` must have been built. */
export function licensesOf({ node, packages }: { readonly node: string; readonly packages: string }): string {
  const inside = packagesIn(packages)
  const asked = new Set(inside.flatMap(({ license }) => namesIn(license).flatMap((name) => TEXTS[name] ?? [])))
  const parts: readonly (readonly [string, string])[] = [
    ['Node.js', node],
    ...inside.map((each) => [`${each.name} ${each.version}`, textOf(each)] as const),
    ['The map and the towns of the twin', read(join(root, 'dist/licenses-of-data.txt'))],
    ...[...asked].map((name) => [name, readFileSync(join(root, 'scripts/executables/licenses', `${name}.txt`), 'utf8')] as const),
  ]
  return parts.map(([title, text]) => `${title}\n${'='.repeat(title.length)}\n\n${text.replace(/^\s*\n|\s+$/g, '')}\n`).join('\n\n')
}

/** Reads a text. Some packages are made on Windows, or partly. */
const read = (path: string): string => readFileSync(path, 'utf8').replaceAll('\r\n', '\n')

/** Returns the names in an expression such as `Apache-2.0 AND LGPL-3.0-or-later`. */
const namesIn = (license: string): readonly string[] => license.split(/[()\s]+|\b(?:AND|OR|WITH)\b/).filter((name) => name !== '')

/**
 * Returns a package's own text. The README of one with others built in says under which licenses. Throws if there is no text to go
 * with it: nobody may pass such a package on.
 */
function textOf({ name, license, folder }: Package): string {
  const files = readdirSync(folder).filter((each) => /^(?:licen[cs]e|copying|notice|third-party)/i.test(each))
  const texts = [`Its license is ${license}.`, ...files.toSorted().map((file) => read(join(folder, file)).trim())]
  const readme = join(folder, 'README.md')
  const [, builtIn] = (existsSync(readme) ? read(readme) : '').split(/^## Licensing\n/m)
  if (builtIn?.includes('third-party')) texts.push(builtIn.split(/^## /m)[0]?.trim() ?? '')
  // Some have it at the end of their README alone.
  const [, own] = (existsSync(readme) ? read(readme) : '').split(/^## license\n/im)
  const hasOwn = files.length === 0 && own?.includes('Permission is hereby granted') === true
  if (hasOwn) texts.push(own.split(/^## /m)[0]?.trim() ?? '')
  if (files.length === 0 && !hasOwn && !namesIn(license).every((each) => each in TEXTS))
    throw new Error(`${name} has no text of its license, ${license}: put one into scripts/executables/licenses.`)
  return texts.join('\n\n')
}
