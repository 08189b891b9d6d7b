/** The longest text of a server in a message. It must fit into one line. */
const LONGEST = 200
/** The most that is read of a text. The end of a longer text is dropped, because it may be half of a secret. */
const READ = 5_000
const HALF_A_SECRET = 400

/** A usual name of a file. It lacks the characters without which there is no code, no `debug_sbs`, and no name with a secret behind it. */
const PLAIN_NAME = /^[A-Za-z0-9.-]{1,100}$/

/**
 * Makes a server's text fit for a message: decoded, without control characters, signatures, tokens and keys, on one line. SmugMug
 * percent-encodes the messages of its 401 answers and may add `debug_sbs`, which repeats the signed text (fact sheet 8). With `secrets`,
 * everything that looks like a secret goes too, such as the header that was sent, in base64.
 */
export const presentable = (text: string, secrets: readonly string[] = []): string => {
  if (secrets.length === 0 && PLAIN_NAME.test(text)) return text
  const plain = decoded(text.slice(0, READ))
  let clean = text.length > READ ? plain.slice(0, -HALF_A_SECRET) : plain
  const repeated = clean.search(/debug_sbs/i)
  if (repeated >= 0) clean = clean.slice(0, repeated).replace(/(?<![&\s])[&\s]+$/, '')
  for (const secret of secrets) {
    if (secret.length >= 4) clean = clean.replace(new RegExp(secret.replace(/[^A-Za-z0-9]/g, '\\$&'), 'gi'), '…')
  }
  clean = clean
    .replace(/\b(oauth_(?!problem\b)\w+|APIKey)(=|%3D|["']?\s?:)\s?("[^"]*"?|[^\s&,"]*)/gi, '$1=…')
    .replace(/\bOAuth\s+oauth_.*$/is, 'OAuth …')
  return (
    (secrets.length > 0 ? withoutTokens(clean) : clean)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach a terminal
      .replace(/[\u0000-\u0020\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
      .trim()
      .slice(0, LONGEST)
  )
}

/** Strikes out runs of letters and digits that are neither words nor paths: keys, signatures, and texts in base64 or hexadecimal. */
export const withoutTokens = (text: string): string =>
  text.replace(/[\w+/=-]{24,}/g, (run) => (WORDS.test(run) || (run.length <= 120 && PATH.test(run)) ? run : '…'))

const WORDS = /^[A-Z]?[a-z_=]+$/
/** A path of short segments; the keys of albums and photos are short. */
const PATH = /^(\/[\w=-]{0,20})+$/

/** The problems that OAuth's own list names. A text may hold one of them alone. */
const PROBLEMS = new RegExp(
  `\\b(?:${[
    'additional_authorization_required|consumer_key_(?:refused|rejected|unknown)|nonce_used|parameter_(?:absent|rejected)',
    'permission_(?:denied|unknown)|signature_(?:invalid|method_rejected)|timestamp_refused|token_(?:expired|rejected|revoked|used)',
    'user_refused|verifier_invalid|version_rejected',
  ].join('|')})\\b`,
  'i',
)

/**
 * Returns the value of `oauth_problem` in a refusal, such as `nonce_used`. The refusal may be JSON, form-encoded, plain text, or a header
 * `WWW-Authenticate`.
 */
export const oauthProblem = (message: string): string | undefined => {
  const text = decoded(message.slice(0, READ))
  const named = /\boauth_problem["']?\s*[=:]\s*["']?([a-z_]{1,40})\b/i.exec(text)?.[1]
  // A page of HTML is no answer of SmugMug's API: only its first words count.
  return (named ?? PROBLEMS.exec(text.slice(0, LONGEST))?.[0])?.toLowerCase()
}

/** Decodes a text as often as it was encoded, within bounds: percent-encoding, HTML, and JSON within JSON. */
const decoded = (text: string): string => {
  let current = text
  for (let times = 0; times < 3; times += 1) {
    const next = current
      .replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
        try {
          return decodeURIComponent(run)
        } catch {
          return run
        }
      })
      .replace(/&(?:quot|#0{0,5}34|#x0{0,5}22);/gi, '"')
      .replace(/&(?:amp|#0{0,5}38|#x0{0,5}26);/gi, '&')
      .replace(/(?:&#x|\\[ux])([0-9a-f]{2,4});?/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
      .replace(/&#(\d{2,5});/g, (_, code: string) => String.fromCharCode(Number(code)))
    if (next === current) break
    current = next
  }
  return current
}
