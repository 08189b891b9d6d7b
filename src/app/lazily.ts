/**
 * The operations of `app.ts` for a command that runs one of them: each is loaded when it is called, because all together take twice to four
 * times as long to load. Not for a program that runs for weeks: meanwhile an update may have replaced the files that it has not loaded yet.
 */
import { keepHeapSmall } from './heap.ts'

/** Returns a function that loads the other one when it is called. */
const later =
  <Given extends readonly unknown[], Result>(load: () => Promise<(...given: Given) => Promise<Result>>) =>
  async (...given: Given): Promise<Result> => {
    const operation = await load()
    keepHeapSmall()
    return await operation(...given)
  }

export const scratchFolder = later(async () => (await import('../vault/scratch.ts')).scratchFolder)
export const makeKey = later(async () => (await import('../vault/storage/sealed/age.ts')).makeKey)
export const runAdopt = later(async () => (await import('./adopt.ts')).runAdopt)
export const runBackup = later(async () => (await import('./backup.ts')).runBackup)
export const runCopy = later(async () => (await import('./copy-vault.ts')).runCopy)
export const runExport = later(async () => (await import('./export.ts')).runExport)
export const runHandover = later(async () => (await import('./handover.ts')).runHandover)
export const runHistory = later(async () => (await import('./history.ts')).runHistory)
export const runKeyCheck = later(async () => (await import('./key-check.ts')).runKeyCheck)
export const checkKeyFile = later(async () => (await import('./keys.ts')).checkKeyFile)
export const writeKeyFile = later(async () => (await import('./keys.ts')).writeKeyFile)
export const runLeave = later(async () => (await import('./leave.ts')).runLeave)
export const runList = later(async () => (await import('./list.ts')).runList)
export const ownerOf = later(async () => (await import('./login.ts')).ownerOf)
export const signIn = later(async () => (await import('./login.ts')).signIn)
export const runCheckout = later(async () => (await import('./past.ts')).runCheckout)
export const runDiff = later(async () => (await import('./past.ts')).runDiff)
export const runProof = later(async () => (await import('./proof.ts')).runProof)
export const runPrune = later(async () => (await import('./prune.ts')).runPrune)
export const runPublicTwin = later(async () => (await import('./public-twin.ts')).runPublicTwin)
export const runRebuild = later(async () => (await import('./rebuild.ts')).runRebuild)
export const runRestore = later(async () => (await import('./restore.ts')).runRestore)
export const runStatus = later(async () => (await import('./status.ts')).runStatus)
export const runTwin = later(async () => (await import('./twin.ts')).runTwin)
export const runVerify = later(async () => (await import('./verify.ts')).runVerify)
