/**
 * A backup as a library call: node examples/backup.ts /mnt/photos
 * The terminal and `--json` show the same events; the exit code follows from the outcome.
 */
import { backup, openAccount, openVault } from 'smugmug-backup'

const { SMGMG_BK_API_KEY, SMGMG_BK_API_SECRET, SMGMG_BK_USER_TOKEN, SMGMG_BK_USER_SECRET } = process.env
const destination = process.argv[2]
if (!destination || !SMGMG_BK_API_KEY || !SMGMG_BK_API_SECRET || !SMGMG_BK_USER_TOKEN || !SMGMG_BK_USER_SECRET) {
  throw new Error('Give the destination folder as argument and the four secrets in the environment.')
}

// A program that has not finished has failed.
process.exitCode = 1

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())

const account = openAccount({
  apiKey: SMGMG_BK_API_KEY,
  apiSecret: SMGMG_BK_API_SECRET,
  userToken: SMGMG_BK_USER_TOKEN,
  userSecret: SMGMG_BK_USER_SECRET,
})
const vault = await openVault(destination)
try {
  const report = await backup(account, vault, {
    signal: stop.signal,
    emit: (event) => {
      if (event.event === 'item' && event.outcome === 'stored') console.log(event.path)
    },
  })
  console.log(report.message)
  process.exitCode = report.exitCode
} finally {
  await vault.close()
  await account.close()
}
