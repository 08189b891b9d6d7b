/**
 * The operations, one function each: settings, events and a signal in, a result out. The command line and the library load them here;
 * a test can give others. Only the files beside this one name concrete classes.
 */

export { usedBy } from '../vault/vault.ts'
export { openAccountOf } from './account.ts'
export { runAdopt } from './adopt.ts'
export { openForBackups, runBackup, runBackupInto, toBackupSettings } from './backup.ts'
export { runExport } from './export.ts'
export { runHealth, type VaultHealth } from './health.ts'
export { runHistory } from './history.ts'
export { runList } from './list.ts'
export { ownerOf, signIn } from './login.ts'
export { type Looking, openLooking } from './looking.ts'
export { runProof } from './proof.ts'
export { runPublicTwin } from './public-twin.ts'
export { runRebuild } from './rebuild.ts'
export type { Request } from './request.ts'
export { runStatus } from './status.ts'
export { runTwin } from './twin.ts'
export { openVaultAt } from './vault.ts'
export { runVerify } from './verify.ts'
