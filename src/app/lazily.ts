/**
 * The operations of `app.ts` for a command that runs one of them: each is loaded when it is called, because all together take twice to four
 * times as long to load. Not for a program that runs for weeks: meanwhile an update may have replaced the files that it has not loaded yet.
 */
import { keepHeapSmall } from './heap.ts'

type Load<Given extends readonly unknown[], Result> = () => Promise<(...given: Given) => Promise<Result>>

/** Returns a function that loads the other one when it is called. */
const later =
  <Given extends readonly unknown[], Result>(load: Load<Given, Result>) =>
  async (...given: Given): Promise<Result> =>
    (await load())(...given)

/** The same for a whole operation. */
const operation = <Given extends readonly unknown[], Result>(load: Load<Given, Result>): ((...given: Given) => Promise<Result>) =>
  later(async () => {
    const run = await load()
    keepHeapSmall()
    return run
  })

export const scratchFolder = later(async () => (await import('../vault/scratch.ts')).scratchFolder)
export const makeKey = later(async () => (await import('../vault/storage/sealed/age.ts')).makeKey)
export const runAdopt = operation(async () => (await import('./adopt.ts')).runAdopt)
export const runBackup = operation(async () => (await import('./backup.ts')).runBackup)
export const runCopy = operation(async () => (await import('./copy-vault.ts')).runCopy)
export const runExport = operation(async () => (await import('./export.ts')).runExport)
export const runHandover = operation(async () => (await import('./handover.ts')).runHandover)
export const runHistory = operation(async () => (await import('./history.ts')).runHistory)
export const runKeyCheck = operation(async () => (await import('./key-check.ts')).runKeyCheck)
export const checkKeyFile = later(async () => (await import('./keys.ts')).checkKeyFile)
export const writeKeyFile = later(async () => (await import('./keys.ts')).writeKeyFile)
export const runLeave = operation(async () => (await import('./leave.ts')).runLeave)
export const runList = operation(async () => (await import('./list.ts')).runList)
export const runLying = operation(async () => (await import('./lying.ts')).runLying)
export const ownerOf = later(async () => (await import('./login.ts')).ownerOf)
export const signIn = later(async () => (await import('./login.ts')).signIn)
export const runCheckout = operation(async () => (await import('./past.ts')).runCheckout)
export const runDiff = operation(async () => (await import('./past.ts')).runDiff)
export const runProof = operation(async () => (await import('./proof.ts')).runProof)
export const runPrune = operation(async () => (await import('./prune.ts')).runPrune)
export const runPublicTwin = operation(async () => (await import('./public-twin.ts')).runPublicTwin)
export const runRebuild = operation(async () => (await import('./rebuild.ts')).runRebuild)
export const runRestore = operation(async () => (await import('./restore.ts')).runRestore)
export const runStatus = operation(async () => (await import('./status.ts')).runStatus)
export const runTwin = operation(async () => (await import('./twin.ts')).runTwin)
export const runVerify = operation(async () => (await import('./verify.ts')).runVerify)
