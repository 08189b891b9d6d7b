/**
 * Makes `dist/`: the program, the types of its library, and the pages. Plain JavaScript, because npm runs it as `prepare` on any Node,
 * also with `--omit=dev`, when there is no compiler: a production install of a built checkout keeps its `dist/`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeTwinAssets } from './twin-assets.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const isPackage = (name) => !/^[./]|^[A-Za-z]:[\\/]/.test(name)

function compiler() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  } catch {
    return undefined
  }
}

const tsc = compiler()
if (tsc === undefined) {
  const built = existsSync(join(root, 'dist'))
  console.error(
    built
      ? 'TypeScript is not installed: dist/ is left as it is.'
      : 'TypeScript is not installed and there is no dist/: run `npm ci` without --omit=dev.',
  )
  process.exit(process.env.npm_lifecycle_event === 'prepare' || built ? 0 : 1)
}
rmSync(join(root, 'dist'), { recursive: true, force: true })
const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' }).status ?? 1
if (compiled !== 0) process.exit(compiled)
await bundleProgram()
await bundleTwin()
await bundleLive()
await makeTwinAssets(join(root, 'dist', 'twin'), join(root, 'dist'))

/**
 * Makes the program and its library in pieces, each of which is loaded when it is needed: four hundred files of their own would take longer to load
 * than a night without changes takes. Packages stay outside, as package.json names them.
 */
async function bundleProgram() {
  const { rolldown } = await import('rolldown')
  const bundle = await rolldown({
    cwd: root,
    platform: 'node',
    tsconfig: false,
    input: { main: 'src/cli/main.ts', index: 'src/index.ts', 'pictures-child': 'src/app/pictures-child.ts' },
    external: (name) => isPackage(name) && !name.startsWith('@oxc-project/runtime/'),
  })
  await bundle.write({
    dir: join(root, 'dist', 'program'),
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    // A piece that an update has replaced under a running program must fail by a name, not give it another function.
    minifyInternalExports: false,
  })
  await bundle.close()
}

/** Makes the one script of the twin: a page opened from the disk may load classic scripts, but no modules. */
async function bundleTwin() {
  const { rolldown } = await import('rolldown')
  const bundle = await rolldown({ input: join(root, 'src', 'twin', 'client', 'start.ts'), tsconfig: false })
  await bundle.write({ file: join(root, 'dist', 'twin', 'twin.js'), format: 'iife', minify: true })
  await bundle.close()
  const styles = ['base', 'album', 'grid', 'box', 'map'].map((name) =>
    readFileSync(join(root, 'src', 'twin', 'client', 'style', `${name}.css`), 'utf8'),
  )
  writeFileSync(join(root, 'dist', 'twin', 'twin.css'), styles.join('\n'))
}

/** Makes the script and the style sheet that the local page has besides. */
async function bundleLive() {
  const { rolldown } = await import('rolldown')
  const bundle = await rolldown({ input: join(root, 'src', 'web', 'page', 'live.ts'), tsconfig: false })
  await bundle.write({ file: join(root, 'dist', 'live', 'live.js'), format: 'iife', minify: true })
  await bundle.close()
  mkdirSync(join(root, 'dist', 'live'), { recursive: true })
  writeFileSync(
    join(root, 'dist', 'live', 'live.css'),
    ['live.css', 'copies.css', 'set-up.css'].map((name) => readFileSync(join(root, 'src', 'web', 'page', name), 'utf8')).join(''),
  )
}
