import { isObject, type JsonObject } from '../../model.ts'
import type { RefusalCause, Verdict } from '../account-writer.ts'
import type { Reply } from '../wire/http.ts'
import { presentable } from '../wire/redact.ts'

/** One parameter that SmugMug objects to. */
interface Problem {
  readonly name: string
  readonly texts: readonly string[]
}

/** Returns the parameters that an answer of 400 or 409 objects to, with SmugMug's own words (fact sheet 9.2, 12.13). */
const problemsOf = (envelope: JsonObject | undefined): readonly Problem[] =>
  parametersOf(envelope).flatMap(({ Name, Problems }) => {
    const texts = Array.isArray(Problems) ? Problems.filter((text) => typeof text === 'string') : []
    return texts.length > 0 ? [{ name: typeof Name === 'string' ? Name : '', texts }] : []
  })

/**
 * Returns the addresses that an answer refuses by name, each with SmugMug's words. The place of `UriProblems` in the answer is not settled
 * (fact sheet 12.12): each parameter may have it, and so may the answer as a whole.
 */
export const uriProblemsOf = (envelope: JsonObject | undefined): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const holder of [...parametersOf(envelope), envelope?.Response, envelope]) {
    const refused = isObject(holder) ? holder.UriProblems : undefined
    if (!isObject(refused)) continue
    for (const [uri, words] of Object.entries(refused)) found.set(uri, presentable([words].flat().map(String).join(', ')))
  }
  return found
}

function parametersOf(envelope: JsonObject | undefined): readonly JsonObject[] {
  const parameters = isObject(envelope?.Options) ? envelope.Options.Parameters : undefined
  return isObject(parameters) ? Object.values(parameters).flat().filter(isObject) : []
}

/** Turns a refusal of the API into a verdict. `secrets` are values of the request that no message may repeat, such as a password. */
export const refused = (
  reply: Extract<Reply, { kind: 'refused' }>,
  secrets: readonly string[] = [],
): Extract<Verdict<never>, { kind: 'refused' }> => {
  const { status, words, envelope } = reply
  const problems = problemsOf(envelope)
  const named = problems.map(({ name, texts }) => `${name}: ${texts.join(', ')}`).join('; ')
  const detail = presentable(named || words || `status ${status}`, secrets)
  const isConflict =
    status === 409 || problems.some(({ name, texts }) => name === 'UrlName' && texts.some((text) => /conflict/i.test(text)))
  const cause: RefusalCause = isConflict ? 'conflict' : 'other'
  return {
    kind: 'refused',
    reason: isConflict ? 'SmugMug has something of this name already' : 'SmugMug refused it',
    detail,
    status,
    cause,
  }
}
