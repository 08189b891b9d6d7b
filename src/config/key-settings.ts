import { secret } from './kinds.ts'
import { optional } from './setting.ts'

/** The keys that open the account: to read it, and to write to it. */
export const keySettings = {
  apiKey: optional({
    section: 'authentication',
    key: 'api_key',
    kind: secret,
    doc: 'The key of your SmugMug application. Ask for one at <https://api.smugmug.com/api/developer/apply>.',
  }),
  apiSecret: optional({ section: 'authentication', key: 'api_secret', kind: secret, doc: 'The secret that belongs to `api_key`.' }),
  userToken: optional({
    section: 'authentication',
    key: 'user_token',
    kind: secret,
    doc: 'Lets the program read your account. `smugmug-backup login` writes it.',
  }),
  userSecret: optional({
    section: 'authentication',
    key: 'user_secret',
    kind: secret,
    doc: 'The secret that belongs to `user_token`. `smugmug-backup login` writes it.',
  }),
  writeToken: optional({
    section: 'authentication',
    key: 'write_token',
    kind: secret,
    doc: 'Lets `restore` write to your account; nothing else reads it. `smugmug-backup login --write` writes it.',
  }),
  writeSecret: optional({
    section: 'authentication',
    key: 'write_secret',
    kind: secret,
    doc: 'The secret that belongs to `write_token`. `smugmug-backup login --write` writes it.',
  }),
  writeApiKey: optional({
    section: 'authentication',
    key: 'write_api_key',
    kind: secret,
    doc: 'A second API key, for `write_token` alone: SmugMug does not raise the permission of a key that you authorised for reading. Absent: `api_key`.',
  }),
  writeApiSecret: optional({
    section: 'authentication',
    key: 'write_api_secret',
    kind: secret,
    doc: 'The secret that belongs to `write_api_key`.',
  }),
}
