/**
 * `npm run executables [-- --target NAME] [--node-from ADDRESS] [--output DIR]`: makes the executables for all systems, on Linux x64.
 * `--check` makes those for Linux x64 twice, and uses them.
 */
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from './executables/build.ts'
import { TARGETS } from './executables/targets.ts'
import { root } from './executables/workshop.ts'

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    // The source of Node's programs: npm's packages, or a mirror such as https://nodejs.org/dist. Their checksums are the same.
    'node-from': { type: 'string', default: 'npm' },
    output: { type: 'string', default: join(root, 'executables') },
    check: { type: 'boolean', default: false },
  },
})

const names = values.target ?? TARGETS.map(({ name }) => name)
const unknown = names.filter((name) => !TARGETS.some((target) => target.name === name))
const from = values['node-from']
if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error('Executables are made on Linux x64: the Node that packs them runs there.')
  process.exitCode = 2
} else if (unknown.length > 0) {
  console.error(`There is no target ${unknown.join(', ')}. The targets: ${TARGETS.map(({ name }) => name).join(', ')}.`)
  process.exitCode = 2
} else if (from !== 'npm' && !URL.canParse(from)) {
  console.error(`--node-from takes npm, or an address such as https://nodejs.org/dist, not ${from}.`)
  process.exitCode = 2
} else if (values.check) {
  const env = { ...process.env, SMUGMUG_CAMPAIGN_QUICK: '1' }
  const trial = ['--test', '--test-reporter=spec', join(root, 'test', 'campaigns', 'executables.ts')]
  process.exitCode = spawnSync(process.execPath, trial, { cwd: root, stdio: 'inherit', env }).status ?? 1
} else {
  const targets = TARGETS.filter(({ name }) => names.includes(name))
  const source = from === 'npm' ? from : new URL(from)
  await build({ targets, source, output: resolve(values.output), quick: false, say: (text) => console.log(text) })
}
