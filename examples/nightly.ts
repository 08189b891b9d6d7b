/**
 * A night's work in one program: node examples/nightly.ts /mnt/photos
 * It backs up, reads a tenth of the files again, and prints how the vault stands.
 */
import { AppError, backup, type Outcome, status, verify } from 'smugmug-backup'

// A program that has not finished has failed.
process.exitCode = 1

const settings = {
  apiKey: process.env.SMGMG_BK_API_KEY,
  apiSecret: process.env.SMGMG_BK_API_SECRET,
  userToken: process.env.SMGMG_BK_USER_TOKEN,
  userSecret: process.env.SMGMG_BK_USER_SECRET,
  baseUrl: process.env.SMGMG_BK_BASE_URL,
  destination: process.argv[2],
}
const common = { settings, env: process.env }
const steps: readonly (() => Promise<Outcome>)[] = [
  () => backup(common),
  () => verify({ ...common, sample: '10%', maxDuration: '1h' }),
  () => status(common),
]

let worst = 0
for (const step of steps) {
  try {
    const { exitCode, message } = await step()
    console.log(message)
    worst = Math.max(worst, exitCode)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    console.error(error.message, error.hint ?? '')
    worst = Math.max(worst, error.exitCode)
  }
}
process.exitCode = worst
