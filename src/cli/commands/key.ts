import { dirname, join } from 'node:path'
import { isRecipient } from '../../config/age-keys.ts'
import { show } from '../../config/kinds.ts'
import { absolutePath } from '../../config/surroundings.ts'
import { ConfigurationError } from '../../errors.ts'
import type { CommandContext, CommandFunction, CommandResult } from '../command.ts'
import type { Output } from '../io.ts'
import { afterwards, BEFORE, encryptionLines, paperQuestion, paperSheet } from '../reporters/paper-key.ts'
import { isStop, questionsAt, terminalOf } from '../setup/journey.ts'

/** Makes the keys of a sealed vault, or proves that one opens it. */
export const key: CommandFunction = async (context) => (context.operand === 'check' ? await check(context) : await makeKeys(context))

async function check(context: CommandContext): Promise<CommandResult> {
  const { options } = context
  if (options.output !== undefined || options.second !== undefined)
    throw new ConfigurationError('key check takes neither --output nor --second: it tries the key in `identity_file`.')
  const { settings } = await context.load()
  return await (await context.app()).runKeyCheck(context.request(settings))
}

/** Makes the keys: one in a file, and one on paper that a person must have before the file is written. */
async function makeKeys(context: CommandContext): Promise<CommandResult> {
  const { options, signal } = context
  const path = await keyPath(context)
  await (await context.app()).checkKeyFile(path)
  if (options.second !== undefined) return await withSecond(context, path, options.second)
  const output = terminalOf(context)
  if (output === undefined) {
    throw new ConfigurationError('There is no terminal to show a paper key at, and a vault with one key alone is soon lost.', {
      hint: 'Run `smugmug-backup key new` at a terminal; or name the public key of another key that you keep safe: --second age1…',
    })
  }
  try {
    return await withPaper(context, path, output)
  } catch (error) {
    if (!isStop(error, signal)) throw error
    return {
      exitCode: 130,
      message: 'Stopped; no key was written.',
      hint: 'If you have the paper key already, throw it away: nothing is sealed for it.',
    }
  }
}

/** Returns the path of the file for the private key: beside the configuration, unless another one is named. */
const keyPath = async ({ io, options, configToWrite }: CommandContext): Promise<string> => {
  if (options.output !== undefined) return absolutePath(io.cwd, options.output)
  const configuration = await configToWrite()
  if (configuration !== undefined) return join(dirname(configuration), 'vault-key.txt')
  throw new ConfigurationError('There is no home folder to keep the private key in.', { hint: 'Name a file with --output.' })
}

/** Makes one key, besides the one that the person has elsewhere. */
const withSecond = async (context: CommandContext, path: string, given: string): Promise<CommandResult> => {
  const second = given.trim()
  if (!isRecipient(second)) {
    throw new ConfigurationError(`--second takes a public key of age ("age1" and 58 letters and digits), and not ${show(given)}.`, {
      hint: 'It is what `age-keygen -y` prints. The private key itself stays where it is.',
    })
  }
  const { makeKey, writeKeyFile } = await context.app()
  const own = await makeKey()
  await writeKeyFile(path, own, context.io.now())
  return await told(context, path, [own.recipient, second])
}

const withPaper = async (context: CommandContext, path: string, output: Output): Promise<CommandResult> => {
  const { io, stage, options } = context
  const { makeKey, writeKeyFile } = await context.app()
  const [own, paper] = [await makeKey(), await makeKey()]
  const questions = await questionsAt(context, output)
  if (!options.quiet) stage.say(BEFORE)
  await stage.answer(paperSheet(paper, new Date(io.now()).toISOString().slice(0, 10)))
  await questions.line(paperQuestion(paper))
  await writeKeyFile(path, own, io.now())
  if (!options.quiet) stage.say(afterwards(path, await context.configToWrite()))
  return await told(context, path, [own.recipient, paper.recipient])
}

/** Gives the lines of the configuration, for people or for scripts. */
const told = async ({ stage, options }: CommandContext, path: string, recipients: readonly string[]): Promise<CommandResult> => {
  if (!options.json) await stage.answer(encryptionLines(recipients, path))
  stage.line({ event: 'key', ...{ recipients, identityFile: path } })
  return { exitCode: 0, message: `The private key is in ${path}; every file of a new vault can be sealed for it and for the second key.` }
}
