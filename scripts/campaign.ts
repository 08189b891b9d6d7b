/**
 * `npm run campaign -- NAME [--seed N] [--quick]`: the long trials that `npm test` has no time for. Each is decided by its seed alone, which it
 * prints with the command that repeats it. `--quick` is a share of about a minute.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '..')

/** The campaigns: the file of each, and its arguments besides the seed, for a whole or a quick run. */
const CAMPAIGNS: Readonly<
  Record<string, { readonly file: string; readonly whole?: NodeJS.ProcessEnv; readonly quick?: NodeJS.ProcessEnv }>
> = {
  kills: { file: 'test/campaigns/kills.ts' },
  faults: { file: 'test/campaigns/faults.ts' },
  histories: {
    file: 'test/properties/any-history.test.ts',
    whole: { SMUGMUG_TEST_HISTORIES: '500' },
    quick: { SMUGMUG_TEST_HISTORIES: '50' },
  },
  storage: { file: 'test/scenarios/survive-faults.test.ts', whole: { SMUGMUG_TEST_THOROUGH: '1' } },
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
const { status } = spawnSync(process.execPath, ['--test', '--test-timeout=14400000', campaign.file], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    SMUGMUG_CAMPAIGN_SEED: String(seed),
    SMUGMUG_CAMPAIGN_QUICK: values.quick ? '1' : '',
    ...(values.quick ? campaign.quick : campaign.whole),
  },
})
if (status !== 0) console.error(`The campaign found something. To repeat it: ${command}`)
process.exitCode = status ?? 1
