/**
 * A backup as a library call: node examples/backup.ts /mnt/photos
 * The terminal and `--json` show the same events; the exit code follows from the outcome.
 */
import { AppError, backup } from 'smugmug-backup'

// A program that has not finished has failed.
process.exitCode = 1

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())

const { SMGMG_BK_API_KEY, SMGMG_BK_API_SECRET, SMGMG_BK_USER_TOKEN, SMGMG_BK_USER_SECRET, SMGMG_BK_BASE_URL } = process.env
try {
  const report = await backup({
    settings: {
      apiKey: SMGMG_BK_API_KEY,
      apiSecret: SMGMG_BK_API_SECRET,
      userToken: SMGMG_BK_USER_TOKEN,
      userSecret: SMGMG_BK_USER_SECRET,
      baseUrl: SMGMG_BK_BASE_URL,
      destination: process.argv[2],
    },
    env: process.env,
    signal: stop.signal,
    emit: (event) => {
      if (event.event === 'item' && event.outcome === 'stored') console.log(event.path)
    },
  })
  console.log(report.message)
  process.exitCode = report.exitCode
} catch (error) {
  if (!(error instanceof AppError)) throw error
  console.error(error.message, error.hint ?? '')
  process.exitCode = error.exitCode
}
