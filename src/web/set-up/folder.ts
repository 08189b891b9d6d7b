/** The folder of a set-up: looked at, and made after asking. */
import { existsSync } from 'node:fs'
import { placeOf } from '../../app/place.ts'
import { lookAtVaultFolder } from '../../app/vault-folder.ts'
import { makeFolder, meantPath } from '../../config/new-folder.ts'
import { absentWords, NOT_MOUNTED } from '../../service/set-up/folder.ts'
import type { SetUpAnswer, SetUpState } from '../contract.ts'
import type { OpenConfiguration } from './configuration.ts'

const EXAMPLE: { readonly [Name in NodeJS.Platform]?: string } = { win32: 'D:\\SmugMug', darwin: '/Volumes/Photos/SmugMug, or ~/SmugMug' }

const refused = (message: string): SetUpAnswer => ({ kind: 'refused', message, fields: ['path'] })

/** Returns the path of a folder that can be used, as a person typed it, or the refusal. A folder that is not there is made only if `make` says so. */
export async function takeFolder(configuration: OpenConfiguration, typed: string, make: boolean): Promise<string | SetUpAnswer> {
  const { home, platform, env } = configuration.source
  const path = meantPath(typed, { home, cwd: undefined }, platform)
  if (path === undefined)
    return refused(`Type the whole path of a folder, such as ${EXAMPLE[platform] ?? '/home/ann/SmugMug, or ~/SmugMug'}.`)
  const { fixed } = configuration.fixed(['destination'])
  if (fixed !== undefined && path !== configuration.settings.destination)
    return refused(`The folder comes from ${fixed}, which counts before the file.`)
  const look = await lookAtVaultFolder(path, { trial: true, env, config: await configuration.path() })
  if (look.kind === 'refused') return refused(`The folder ${path} ${look.reason}.`)
  if (look.kind === 'usable') return path
  if (!make) return { kind: 'refused', message: absentWords(path, look.disk), mayMake: true, ...(look.unmounted && { hint: NOT_MOUNTED }) }
  const trouble = await makeFolder(path)
  return trouble === undefined ? path : refused(`The folder ${path} could not be made: it ${trouble}.`)
}

/** Returns the state of the folder that is chosen. */
export async function folderState(configuration: OpenConfiguration, file: string | undefined): Promise<SetUpState['folder']> {
  const { destination } = configuration.settings
  const fixed = configuration.fixed(['destination'])
  if (destination === undefined) return fixed
  const look = await lookAtVaultFolder(destination, { trial: false, env: configuration.source.env, config: file })
  return { path: destination, look, isVault: existsSync(placeOf(destination).home), ...fixed }
}
