/**
 * Makes docs/picture-of-a-run.svg anew: a first backup of the demo account over a slow line, at a terminal of 100 columns, as it looks in the
 * middle and at its end. Needs `script` of util-linux.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSimulator } from '../simulator/simulator.ts'
import { DEMO_KEYS, demoWorld } from '../simulator/worlds/demo.ts'
import { VirtualScreen } from '../test/support/virtual-screen.ts'
import { terminalToSvg } from './terminal-to-svg.ts'

const COLUMNS = 100
const root = join(import.meta.dirname, '..')

const simulator = await startSimulator(demoWorld(), { bandwidth: 60_000, latency: { callMs: 60, fileMs: 40 } })
const home = mkdtempSync(join(tmpdir(), 'picture-of-a-run-'))
const vault = mkdtempSync(join(home, 'photos-'))
const screen = new VirtualScreen(COLUMNS)
let middle: readonly string[] = []
try {
  const program = `stty cols ${COLUMNS} rows 24; exec node ${join(root, 'bin', 'smugmug-backup.cjs')} --no-color`
  const child = spawn('script', ['-qfec', program, '/dev/null'], {
    env: {
      ...process.env,
      HOME: home,
      SMGMG_BK_API_KEY: DEMO_KEYS.apiKey,
      SMGMG_BK_API_SECRET: DEMO_KEYS.apiSecret,
      SMGMG_BK_USER_TOKEN: DEMO_KEYS.userToken,
      SMGMG_BK_USER_SECRET: DEMO_KEYS.userSecret,
      SMGMG_BK_BASE_URL: simulator.apiUrl,
      SMGMG_BK_DESTINATION: vault,
    },
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen.write(text)
    const share = Number(screen.lines.map((line) => /\((\d+) %\)/.exec(line)?.[1]).findLast((found) => found !== undefined) ?? 0)
    if (middle.length === 0 && share >= 60 && screen.lines.some((line) => line.includes('left'))) middle = screen.lines
  })
  await once(child, 'exit')
} finally {
  await simulator.close()
  rmSync(home, { recursive: true, force: true })
}

const named = (lines: readonly string[]): readonly string[] =>
  lines.map((line) =>
    line
      .replaceAll(vault, '/mnt/photos')
      .replace(/reports\/\S+\.txt/, 'reports/2026-11-28.txt')
      .replace(/^(?:Complete|Held).*/, '\x1b[32m$&\x1b[0m'),
  )
const end = screen.lines.slice(screen.lines.findIndex((line) => /^(?:Complete|Held)/.test(line)))
const text = ['$ smugmug-backup', ...named(middle), '', '\x1b[2m  ⋮   and when it is done\x1b[0m', '', ...named(end), '$ '].join('\n')
writeFileSync(join(root, 'docs', 'picture-of-a-run.svg'), terminalToSvg(text, 'a first backup, of the demo account'))
