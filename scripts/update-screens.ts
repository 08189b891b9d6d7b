/** `npm run screens`: writes the stored screens of `test/screens/` anew. Look at the difference before you commit it. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const env = { ...process.env, UPDATE_SCREENS: '1' }
process.exitCode =
  spawnSync(process.execPath, [join(root, 'scripts/test.ts'), 'test/screens/'], { cwd: root, env, stdio: 'inherit' }).status ?? 1
