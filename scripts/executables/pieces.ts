/** Makes the inside of an executable: the program in pieces of JavaScript, and its own files. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { root, run } from './workshop.ts'

/** The files inside an executable, by the path under which the program asks for them. */
export type Inside = Readonly<Record<string, string>>

/** Makes the pieces in a folder, and the assets that they need in `dist/`. Returns all that an executable has inside. */
export async function makeInside(folder: string): Promise<Inside> {
  run(process.execPath, ['scripts/build.mjs'])
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const bundle = await rolldown({
    cwd: root,
    platform: 'node',
    tsconfig: false,
    input: { main: 'scripts/executables/main.ts', 'pictures-child': 'src/app/pictures-child.ts' },
  })
  const { output } = await bundle.write({
    dir: folder,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    dynamicImportInCjs: false,
  })
  await bundle.close()
  // An executable has no folder of packages: a missing one would be noticed by the person who uses that part of the program.
  const names = new Set(output.map(({ fileName }) => fileName))
  const foreign = output
    .flatMap((piece) => (piece.type === 'chunk' ? [...piece.imports, ...piece.dynamicImports] : []))
    .filter((name) => !names.has(name) && !isBuiltin(name))
  if (foreign.length > 0) throw new Error(`These packages cannot be put into an executable: ${[...new Set(foreign)].join(', ')}.`)
  const pieces = output.map(({ fileName }) => [`pieces/${fileName}`, join(folder, fileName)] as const)
  const own = [
    'package.json',
    'dist/places.txt.br',
    ...['dist/twin', 'dist/live', 'simulator/demo', 'simulator/demo/media'].flatMap(filesOf),
  ]
  return Object.fromEntries([...pieces, ...own.map((path) => [path, join(root, path)] as const)].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const filesOf = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [`${folder}/${entry.name}`] : []))
