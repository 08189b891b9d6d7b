/**
 * `npm run campaign -- NAME [--seed N] [--quick]`: the long trials that `npm test` has no time for. Each is decided by its seed alone, which it
 * prints with the command that repeats it. `--quick` is a share of about a minute.
 */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '..')

/** The files of each campaign. Some are tests that `npm test` runs, too: their share is larger here. */
const CAMPAIGNS: Readonly<Record<string, readonly string[]>> = {
  kills: ['test/campaigns/kills.ts'],
  faults: ['test/campaigns/faults.ts'],
  bucket: ['test/campaigns/bucket.ts'],
  fleet: ['test/campaigns/fleet.ts'],
  restore: ['test/campaigns/restore.ts'],
  copies: ['test/campaigns/copies-nights.ts', 'test/campaigns/copies.ts'],
  versions: ['test/campaigns/versions.ts'],
  histories: ['any-history', 'any-past', 'shuffled-history'].map((name) => `test/properties/${name}.test.ts`),
  properties: globSync('{src,simulator,test}/**/*.test.ts', { cwd: root }).filter((file) =>
    readFileSync(join(root, file), 'utf8').includes("support/properties.ts'"),
  ),
  storage: ['survive-faults', 'survive-moves', 'changes-in-parts'].map((name) => `test/scenarios/${name}.test.ts`),
  executables: ['test/campaigns/executables.ts'],
  image: ['test/campaigns/image.ts'],
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, quick: { type: 'boolean', default: false } },
})
const [name = ''] = positionals
const campaign = CAMPAIGNS[name]
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
if (campaign === undefined || !Number.isSafeInteger(seed)) {
  console.error(`npm run campaign -- NAME [--seed N] [--quick], where NAME is one of ${Object.keys(CAMPAIGNS).join(', ')}.`)
  process.exit(2)
}

const command = `npm run campaign -- ${name} --seed ${seed}${values.quick ? ' --quick' : ''}`
console.log(`Campaign ${name}, seed ${seed}. To repeat it: ${command}`)
const { status } = spawnSync(process.execPath, ['--test', '--test-timeout=14400000', ...campaign], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    SMUGMUG_CAMPAIGN_SEED: String(seed),
    SMUGMUG_CAMPAIGN_QUICK: values.quick ? '1' : '',
  },
})
if (status !== 0) console.error(`The campaign found something. To repeat it: ${command}`)
process.exitCode = status ?? 1
